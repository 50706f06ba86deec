"""The configuration file: every mistake is one line, with the file, the place, what was found and what is needed."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from chameleon_migrations.config.settings import load
from chameleon_migrations.errors import UserError
from devtools.config_file import ROOT
from tests.support.written_config import (
    EXAMPLE,
    PASSWORD,
    REQUIRED,
    SECRET,
    example,
    line_of_refusal,
    node,
    says_the_same,
    write,
)


@pytest.mark.parametrize("path", REQUIRED, ids=".".join)
def test_a_missing_key_is_named(file: Path, path: tuple[str, ...]) -> None:
    """pg_chameleon 2 would end with a KeyError, after the upgrade."""
    tree = example()
    del node(tree, *path[:-1])[path[-1]]
    assert f" {'.'.join(path)}: found no such key; pg_chameleon 2 needs it" in line_of_refusal(file, tree)


@pytest.mark.parametrize(
    ("place", "spelling", "key"),
    [
        ("", "source", "sources"),
        ("pg_conn.", "hots", "host"),
        ("pg_conn.", "USER", "user"),
        ("sources.mysql.", "tpye", "type"),
        ("sources.mysql.", "schema-mapping", "schema_mappings"),
        ("sources.mysql.", "replica_batchsize", "replica_batch_size"),
        ("sources.mysql.db_conn.", "passwd", "password"),
    ],
)
def test_a_misspelt_key_is_answered_with_the_right_one(
    file: Path, place: str, spelling: str, key: str
) -> None:
    """Whether pg_chameleon needs the key or not, the user meant it."""
    tree = example()
    parent = node(tree, *place.split(".")[:-1])
    parent[spelling] = parent.pop(key)
    message = line_of_refusal(file, tree)
    assert message.endswith(f" {place}{spelling}: found an unknown key; did you mean {key}?")


@pytest.fixture(scope="session")
def configuration_of_pg_chameleon() -> Any:
    """The example that pg_chameleon 2.0.21 ships, as a tree."""
    wheels = ROOT / ".venv" / "wheels"
    if not list(wheels.glob("pg_chameleon-2.0.21-*.whl")):
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels)]
        subprocess.run([*download, "pg_chameleon==2.0.21"], check=True, timeout=120)
    [wheel] = wheels.glob("pg_chameleon-2.0.21-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return yaml.safe_load(archive.read("pg_chameleon/configuration/config-example.yml"))


def test_every_key_of_pg_chameleon_is_known(file: Path, configuration_of_pg_chameleon: Any) -> None:
    """Its own example is read, and a slip of the pen in any of its keys is found."""
    read = load(write(file, configuration_of_pg_chameleon))
    assert [(source.name, source.type) for source in read.sources] == [("mysql", "mysql"), ("pgsql", "pgsql")]
    shown = copy.deepcopy(configuration_of_pg_chameleon)
    shown["sources"]["pgsql"] |= shown["sources"]["pgsql"]["db_conn"]
    assert says_the_same(read, shown)
    for path in ((), ("pg_conn",), ("sources", "mysql"), ("sources", "mysql", "db_conn")):
        for key in node(configuration_of_pg_chameleon, *path):
            tree = copy.deepcopy(configuration_of_pg_chameleon)
            mapping = node(tree, *path)
            mapping[f"{key[0]}{key}"] = mapping.pop(key)
            assert line_of_refusal(file, tree).endswith(f"did you mean {key}?")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("pg_conn", None, "found nothing; needed: a mapping"),
        ("pg_conn", [{"host": "x"}], "found a list; needed: a mapping"),
        ("sources", {}, "found nothing; needed: a mapping with at least one key"),
        ("sources", SECRET, "found text; needed: a mapping"),
        ("sources.mysql", None, "found nothing; needed: a mapping"),
        ("sources.mysql.db_conn", SECRET, "found text; needed: a mapping"),
        ("sources.mysql.schema_mappings", {}, "found nothing; needed: a mapping with at least one key"),
        ("sources.mysql.schema_mappings", ["my_schema_01"], "found a list; needed: a mapping"),
        ("sources.mysql.schema_mappings.my_schema_01", 2020, "found a number; needed: a name, in quotes"),
        ("sources.mysql.schema_mappings.my_schema_01", None, "found nothing; needed: a name"),
        ("sources.mysql.schema_mappings.my_schema_01", "", "found nothing; needed: text"),
        ("sources.mysql.type", True, "found true or false; needed: a name, in quotes"),
        ("sources.mysql.db_conn.connect_timeout", "soon", "found text; needed: a whole number"),
        ("sources.mysql.db_conn.connect_timeout", 31_536_001, "needed: a whole number from 1 to 31536000"),
        ("sources.mysql.db_conn.port", None, "found nothing; needed: text"),
        ("pg_conn.port", SECRET, "found text; needed: a whole number from 1 to 65535"),
        ("pg_conn.port", 0, "found a number; needed: a whole number from 1 to 65535"),
        ("pg_conn.port", 65536, "found a number; needed: a whole number from 1 to 65535"),
        ("pg_conn.port", -5432, "found a number; needed: text, in quotes"),
        ("pg_conn.port", "9" * 5000, "needed: a whole number"),
        ("pg_conn.port", "5٤٣٢", "needed: a whole number"),
        ("pg_conn.port", 5432.5, "found a number; needed: text, in quotes"),
        ("pg_conn.host", "", "found nothing; needed: text"),
        ("pg_conn.database", {"name": SECRET}, "found a mapping; needed: text"),
        ("pg_conn.password", None, "found nothing; needed: text, in quotes"),
        ("pg_conn.password", f"{SECRET}\0", "found a NUL or half a surrogate pair; needed: text without it"),
        ("pg_conn.password", f"{SECRET}\ud800", "found a NUL or half a surrogate pair"),
        ("pg_conn.charset", ["utf8"], "found a list; needed: text"),
    ],
)
def test_a_wrong_value_is_named_by_its_kind(file: Path, path: str, value: object, words: str) -> None:
    """The key path tells where, the kind what was found, and the rest what is needed."""
    tree = example()
    *parents, key = path.split(".")
    node(tree, *parents)[key] = value
    assert re.search(rf": line \d+: {re.escape(path)}: .*{re.escape(words)}", line_of_refusal(file, tree))


@pytest.mark.parametrize(
    "written", ["0123", "1_000", "12:34", "0x1F", "1.50", "yes", "2026-11-22", "~", "=", "!x y", "!!int [9]"]
)
def test_a_password_that_yaml_reads_otherwise_is_to_be_quoted(file: Path, written: str) -> None:
    """`0123` is 83 to YAML: sent to the server, nobody would know why it is refused."""
    message = line_of_refusal(file, EXAMPLE.replace(PASSWORD, written))
    assert re.search(r" line 6: pg_conn\.password: found .*; needed: text, in quotes$", message)
    assert written not in message


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("\n  mysql:", "\n  1:", "line 11: sources.1"),
        ("\n  mysql:", "\n  yes:", "line 11: sources.yes"),
        ("\n  mysql:", "\n  ~:", "line 11: sources.~"),
        ("\n  mysql:", '\n  "":', "line 11: sources."),
        ("\n  mysql:", '\n  "a\\n\\0":', r"line 11: sources.'a\n\x00'"),
        ("my_schema_01:", "2020:", "line 20: sources.mysql.schema_mappings.2020"),
    ],
)
def test_sources_and_schemas_need_names(file: Path, old: str, new: str, place: str) -> None:
    """`1:` and `yes:` are no text to YAML, and pg_chameleon would look for a text in vain."""
    message = line_of_refusal(file, EXAMPLE.replace(old, new))
    assert re.search(rf": {re.escape(place)}: found .*; needed: ", message)


Change = Callable[[Any], Any]


def source(tree: Any) -> Any:
    """Return the example's source."""
    return tree["sources"]["mysql"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda tree: tree["sources"].update(schema_mappings=source(tree).pop("schema_mappings")),
            "sources.schema_mappings: found a level too far left; needed: under a source, such as sources.mysql: indent it",
        ),
        (
            lambda tree: tree["sources"].update(type=source(tree).pop("type")),
            "sources.type: found a level too far left; needed: under a source, such as sources.mysql: indent it",
        ),
        (
            lambda tree: tree.update(sources={"type": "mysql"} | tree["sources"], x=source(tree).pop("type")),
            "sources.type: found a level too far left; needed: under a source, such as sources.mysql: indent it",
        ),
        (
            lambda tree: tree.update(schema_mappings=source(tree).pop("schema_mappings")),
            " schema_mappings: found a level too far left; needed: under a source, such as sources.mysql",
        ),
        (
            lambda tree: tree.update(sources=source(tree)),
            "found a level too far left; needed: under a source: indent it",
        ),
        (
            lambda tree: tree.update(mysql=source(tree), sources=None),
            " mysql: found a level too far left; needed: under sources: indent it",
        ),
        (
            lambda tree: tree.update(tree["pg_conn"], pg_conn=None),
            " host: found a level too far left; needed: under pg_conn: indent it",
        ),
        (
            lambda tree: tree.update(password=tree["pg_conn"].pop("password")),
            " password: found a level too far left; needed: under pg_conn: indent it",
        ),
        (
            lambda tree: source(tree).update(source(tree)["db_conn"], db_conn=None),
            "sources.mysql.host: found a level too far left; needed: under sources.mysql.db_conn: indent it",
        ),
        (
            lambda tree: source(tree).update(port=source(tree)["db_conn"].pop("port")),
            "sources.mysql.port: found a level too far left; needed: under sources.mysql.db_conn: indent it",
        ),
        (
            lambda tree: tree["sources"].update(
                mysql={
                    "type": "mysql",
                    "db_conn": source(tree)["db_conn"],
                    "schema_mappings": None,
                    "my_schema_01": "db_schema_01",
                }
            ),
            "sources.mysql.my_schema_01: found a level too far left; needed: under sources.mysql.schema_mappings",
        ),
        (
            lambda tree: tree["pg_conn"].update(sources=tree.pop("sources")),
            "pg_conn.sources: found under pg_conn; needed: at the top level, beside pg_conn",
        ),
        (
            lambda tree: tree["sources"].update(pg_conn=tree.pop("pg_conn")),
            "sources.pg_conn: found under sources; needed: at the top level, beside sources",
        ),
    ],
    ids=range(13),
)
def test_a_key_a_level_off_is_told_where_it_belongs(file: Path, change: Change, words: str) -> None:
    """The eye does not see two spaces, and `found no such key` sends it to the wrong place."""
    tree = example()
    change(tree)
    assert words in line_of_refusal(file, tree)


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.update(dict.fromkeys(("type", "host", "user", "schema_mappings", "db_conn"), "x")),
        lambda tree: source(tree).update(dict.fromkeys(("host", "port", "pg_conn", "sources"), "x")),
        lambda tree: tree["pg_conn"].update(dict.fromkeys(("sources", "type", "schema_mappings"), "x")),
        lambda tree: tree["sources"].update(schema_mappings=dict(source(tree)), type=dict(source(tree))),
    ],
    ids=range(4),
)
def test_a_key_that_is_where_it_belongs_may_be_elsewhere_too(file: Path, change: Change) -> None:
    """What pg_chameleon ignores stops nothing: anchors of one's own are often named like that, and sources may be."""
    tree = example()
    change(tree)
    assert load(write(file, tree)).sources


OLD_FILE = ROOT / "devtools" / "data" / "recorded-1.7" / "v1-config" / "source_01.yaml"


@pytest.mark.parametrize("addition", ["", "sources:\n", "pg_conn2: {}\n"])
def test_a_file_of_1_8_2_is_recognised(file: Path, addition: str) -> None:
    """Nobody is sent to add `sources` to it: `configure` writes the new file."""
    message = line_of_refusal(file, OLD_FILE.read_text() + addition)
    assert "found a configuration file of pg_chameleon 1.8.2; needed: one of pg_chameleon 2" in message
    assert "configure' writes" in message


def test_a_new_file_with_keys_of_an_old_one_is_read(file: Path) -> None:
    """What was left of the old one is the user's own."""
    assert load(write(file, example() | {"my_database": "x", "mysql_conn": {}})).sources


def pgsql() -> Any:
    """Return a source as in pg_chameleon's own example, of another type and with its keys under `db_conn`."""
    connection = source(example())["db_conn"]
    return {"db_conn": connection | {"type": "pgsql", "schema_mappings": {"a": "b"}, "skip_tables": ["a.c"]}}


def test_a_source_that_is_not_mysql_may_have_its_keys_under_db_conn(file: Path) -> None:
    """pg_chameleon's own example has it so, and many a file is a copy of that."""
    tree = example()
    tree["sources"]["pgsql"] = pgsql()
    [_, read] = load(write(file, tree)).sources
    assert (read.name, read.type, dict(read.schema_mappings)) == ("pgsql", "pgsql", {"a": "b"})
    assert load(write(file, tree | {"type": "x", "schema_mappings": "x"})).sources
    tree["sources"]["pgsql"]["type"] = "mysql"
    assert "sources.pgsql.db_conn.type: found under db_conn" in line_of_refusal(file, tree)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda one: one["db_conn"].pop("type"),
            "sources.pgsql.db_conn.schema_mappings: found under db_conn",
        ),
        (lambda one: one["db_conn"].update(type="mysql"), "sources.pgsql.db_conn.type: found under db_conn"),
        (lambda one: one["db_conn"].update(type=5), "sources.pgsql.db_conn.type: found a number"),
        (
            lambda one: one["db_conn"].pop("schema_mappings"),
            "sources.pgsql.schema_mappings: found no such key",
        ),
        (lambda one: one["db_conn"].pop("host"), "sources.pgsql.db_conn.host: found no such key"),
    ],
    ids=range(5),
)
def test_such_a_source_is_read_as_strictly(file: Path, change: Change, words: str) -> None:
    """A source without a type is meant to be MySQL."""
    tree = example()
    tree["sources"]["pgsql"] = pgsql()
    change(tree["sources"]["pgsql"])
    assert words in line_of_refusal(file, tree)


@pytest.mark.parametrize("also_right", [True, False])
def test_mappings_under_db_conn_are_to_be_moved(file: Path, *, also_right: bool) -> None:
    """pg_chameleon's own example has them there for one type of source, and reads them nowhere."""
    tree = example()
    source = tree["sources"]["mysql"]
    source["db_conn"]["schema_mappings"] = {"my_a": "db_a"} if also_right else source.pop("schema_mappings")
    nested = (
        "sources.mysql.db_conn.schema_mappings: found under db_conn; needed: directly under sources.mysql,"
    )
    assert nested in line_of_refusal(file, tree)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  host:", "\thost:", "line 3: found a tab; needed: spaces"),
        ("  user:", "  \tuser:", "line 5: found a tab; needed: spaces"),
        (PASSWORD, f"*{SECRET}", "line 6: found undefined alias …; needed: YAML"),
        (PASSWORD, f"!{SECRET}!x y", "line 6: while parsing a node found undefined tag handle …"),
        (PASSWORD, f"@{SECRET}", "line 6: while scanning for the next token found character … that"),
        (PASSWORD, f'"{SECRET}', "line 7: while parsing a block mapping expected <block end>, but found …"),
        (PASSWORD, f"'{SECRET}", "line 6: while scanning a quoted scalar found unexpected end of stream"),
        (PASSWORD, rf'"\q{SECRET}"', "line 6: while scanning a double-quoted scalar found unknown escape"),
        (PASSWORD, rf'"\U00110000{SECRET}"', "found an escape past the end of Unicode"),
        (PASSWORD, rf'"\UFFFFFFFF{SECRET}"', "found an escape past the end of Unicode"),
        (SECRET, f"{SECRET}\0", "line 6: found a control character; needed: YAML text"),
        ("my_schema_01: db_schema_01", "<<: 1", "line 20: sources.mysql.schema_mappings.<<: found a number"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(file: Path, old: str, new: str, words: str) -> None:
    """Tabs, quotes that never close, signs that mean something to YAML: named without the file's values."""
    assert words in line_of_refusal(file, EXAMPLE.replace(old, new, 1))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            EXAMPLE.replace(SECRET, f"{SECRET}é").encode("latin1"),
            "line 6: found bytes that are no UTF-8; needed:",
        ),
        (EXAMPLE.encode("utf-16"), "line 1: found bytes that are no UTF-8; needed: the file saved as UTF-8"),
        (f"{EXAMPLE}\n{EXAMPLE}", "expected a single document in the stream but found another document"),
        ("[" * 20_000, "found too many levels"),
        ("", "found nothing; needed: pg_conn and sources"),
        ("# nothing yet\n", "found nothing; needed: pg_conn and sources"),
        ("null", "line 1: top level: found nothing; needed: a mapping"),
        ("- pg_conn\n- sources\n", "line 1: top level: found a list; needed: a mapping"),
        ("? [pg_conn]\n: 1\n", "line 1: top level: found a list or mapping as a key; needed: text"),
        ("{<<: {}}", "line 1: top level: found a mapping; needed: a mapping with at least one key"),
    ],
    ids=range(10),
)
def test_what_is_no_configuration_is_told(file: Path, content: str | bytes, words: str) -> None:
    """Other encodings, lists, an empty file."""
    assert words in line_of_refusal(file, content)


@pytest.mark.parametrize(
    ("addition", "words"),
    [
        ("pg_conn: {}", "line 30: pg_conn: found the key again that is on line 2; needed: one of them"),
        ("  mysql: {}", "line 30: sources.mysql: found the key again that is on line 11"),
        ("    type: mysql", "line 30: sources.mysql.type: found the key again that is on line 29"),
        ("x: [1, {a: {b: 1,\n c: 2, 'b': 3}}]", "line 31: x.1.a.b: found the key again that is on line 30"),
        ("x:\n  <<: {a: 1}\n  <<: {b: 2}", "line 32: x.<<: found the key again that is on line 31"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_both_lines(file: Path, addition: str, words: str) -> None:
    """YAML would keep one and say nothing: half of the mappings could be gone."""
    assert words in line_of_refusal(file, f"{EXAMPLE}\n{addition}\n")


def test_a_key_that_versions_of_pyyaml_read_differently_is_refused(file: Path) -> None:
    """Of a list of merged mappings PyYAML 6.0.3 takes the first, 6.0.4 the last; the key itself settles it."""
    merged = "one: &one {my_a: db_a, my_b: db_b}\ntwo: &two {my_a: db_other, my_b: 'db_b'}\n"
    content = merged + EXAMPLE.removeprefix("---")
    both = content.replace("my_schema_01: db_schema_01", "<<: [*one, *two]")
    assert "line 2: sources.mysql.schema_mappings.my_a: found in several of the mappings" in line_of_refusal(
        file, both
    )
    for settled in ("*two]\n      my_a: db_third", "{<<: *one, my_b: db_b}]"):
        load(write(file, both.replace("*two]", settled)))


@pytest.mark.parametrize(
    "make",
    [lambda _: None, Path.mkdir, lambda path: path.symlink_to(path)],
    ids=["missing", "directory", "circle"],
)
def test_what_cannot_be_read_is_told(file: Path, make: Callable[[Path], None]) -> None:
    """No file, a directory, links in a circle: the line says how to name another."""
    make(file)
    needed = "; needed: a readable configuration file of pg_chameleon 2; name it with -x config=NAME_OR_PATH"
    assert line_of_refusal(file).endswith(needed)


def test_a_strange_path_stays_in_one_line(tmp_path: Path) -> None:
    """A line break in a file's name does not break the message."""
    with pytest.raises(UserError, match=r"^[^\n]*a\\nb\.yml': [^\n]*$"):
        load(tmp_path / "a\nb.yml")

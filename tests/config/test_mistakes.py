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
    """The example that pg_chameleon 2.0.21 ships, as a tree, without the source that it nests wrongly."""
    wheels = ROOT / ".venv" / "wheels"
    if not list(wheels.glob("pg_chameleon-2.0.21-*.whl")):
        download = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(wheels)]
        subprocess.run([*download, "pg_chameleon==2.0.21"], check=True, timeout=120)
    [wheel] = wheels.glob("pg_chameleon-2.0.21-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        tree = yaml.safe_load(archive.read("pg_chameleon/configuration/config-example.yml"))
    del tree["sources"]["pgsql"]
    return tree


def test_every_key_of_pg_chameleon_is_known(file: Path, configuration_of_pg_chameleon: Any) -> None:
    """Its own example is read, and a slip of the pen in any of its keys is found."""
    assert says_the_same(load(write(file, configuration_of_pg_chameleon)), configuration_of_pg_chameleon)
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
    """Tabs, quotes that never close, signs that mean something to YAML: told without what the file holds."""
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

"""The configuration file: what it says is read as pg_chameleon reads it, and every mistake is one line."""

from __future__ import annotations

import copy
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path
from typing import Any

import pymysql
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations.errors import UserError
from chameleon_migrations.settings import MySQL, Postgres, Settings, find, load

CHECKOUT = Path(__file__).parent.parent
RECORDED = CHECKOUT / "tests" / "data" / "recorded-1.7" / "upgraded.yml"
SECRET = "Hunter2-Zq9"
PASSWORD = f'"{SECRET}"'
EXAMPLE = RECORDED.read_text("utf-8").replace('"secret"', PASSWORD).rstrip()
QUICK = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The path of a configuration file that is not there yet."""
    return tmp_path / "demo.yml"


def example() -> Any:
    """Return the example as a tree, to be changed."""
    return yaml.safe_load(EXAMPLE)


def node(tree: Any, *keys: str) -> Any:
    """Return what `keys` lead to in `tree`."""
    for key in keys:
        tree = tree[key]
    return tree


def write(file: Path, content: object) -> Path:
    """Make `content` the whole of `file`: bytes, text, or a tree as JSON, which is YAML."""
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def line_of_refusal(file: Path, content: object = None) -> str:
    """Return what is said of a file that cannot be used: one line that begins with the file."""
    with pytest.raises(UserError) as refused:
        load(write(file, content) if content is not None else file)
    message = str(refused.value)
    assert message.startswith(f"{file}: ")
    assert len(message.splitlines()) == 1
    assert SECRET not in message
    return message


def says_the_same(read: Settings, tree: Any) -> bool:
    """Tell whether `read` is what PyYAML's own loader makes of the file, numbers as text."""
    servers: list[tuple[Postgres | MySQL, Any]] = [(read.connection, tree["pg_conn"])]
    servers += [(source.mysql, tree["sources"][source.name]["db_conn"]) for source in read.sources]
    pairs = [(value, said[key]) for server, said in servers for key, value in asdict(server).items()]
    mappings = [(source.name, source.type, dict(source.schema_mappings)) for source in read.sources]
    return all(str(value) == str(said) for value, said in pairs) and mappings == [
        (name, source["type"], source["schema_mappings"]) for name, source in tree["sources"].items()
    ]


def test_the_recorded_configuration_is_read(file: Path) -> None:
    """What the file says of connections and mappings arrives, a port in quotes as a number."""
    read = load(write(file, EXAMPLE))
    assert says_the_same(read, example())
    assert (read.path, read.connection.port, read.sources[0].mysql.port) == (file, 5432, 3306)


def test_nothing_that_was_read_can_be_changed(file: Path) -> None:
    """Settings, down to the mappings, are the same for everyone who holds them."""
    read = load(write(file, EXAMPLE))
    with pytest.raises(FrozenInstanceError):
        read.connection.host = "elsewhere"  # type: ignore[misc]
    with pytest.raises(TypeError):
        read.sources[0].schema_mappings["more"] = "more"  # type: ignore[index]


def test_a_repr_shows_no_password(file: Path) -> None:
    """Settings and their URL may stand in a log or a traceback."""
    read = load(write(file, EXAMPLE))
    assert SECRET not in f"{read!r} {read} {read.url!r} {read.url}"


def test_the_url_connects_with_the_charset_of_the_file(file: Path, database: URL) -> None:
    """A socket's directory, a name with a space and the client's encoding reach PostgreSQL."""
    tree = example()
    tree["pg_conn"] = {
        "host": database.host,
        "port": database.port or 5432,
        "user": database.username,
        "password": database.password,
        "database": database.database,
        "charset": "latin1",
    }
    engine = create_engine(load(write(file, tree)).url, poolclass=NullPool)
    asked = "SELECT current_user, current_database(), current_setting('client_encoding')"
    with engine.connect() as connection:
        row = connection.exec_driver_sql(asked).one()
    assert tuple(row) == (database.username, database.database, "LATIN1")


def test_the_url_carries_any_password(file: Path) -> None:
    """Nothing in a password is taken for a part of the URL."""
    tree = example()
    tree["pg_conn"]["password"] = password = "p@ss:w/o?rd#%40 'x\" \\ñ&="
    url = load(write(file, tree)).url
    assert (url.drivername, url.host, url.password) == ("postgresql+psycopg2", "127.0.0.1", password)


def test_a_mysql_connection_is_what_pymysql_takes(file: Path) -> None:
    """The fields can be handed to PyMySQL as they are, which gets as far as to find nobody there."""
    tree = example()
    tree["sources"]["mysql"]["db_conn"] |= {"port": 1, "connect_timeout": "1"}
    with pytest.raises(pymysql.OperationalError, match="Can't connect"):
        pymysql.connect(**asdict(load(write(file, tree)).sources[0].mysql))


def test_names_of_any_letters_and_types_of_any_kind_are_read(file: Path) -> None:
    """Sources and schemas are named as MySQL and PostgreSQL allow it; their order stays."""
    tree, names = example(), {"Mine, 'all' \"mine\"": "Ünser Schema", "a-b.c %s": "12:34"}
    mysql = tree["sources"].pop("mysql")
    tree["sources"] = {"Quelle é-1. x": mysql | {"schema_mappings": names}, "a": mysql | {"type": "pgsql"}}
    assert says_the_same(load(write(file, tree)), tree)


@pytest.mark.parametrize("key", ["user", "password", "database"])
def test_digits_without_quotes_are_text(file: Path, key: str) -> None:
    """`password: 1234` is a number to YAML, and handed on as text by pg_chameleon."""
    tree = example()
    tree["pg_conn"][key] = 1234
    assert getattr(load(write(file, tree)).connection, key) == "1234"


def test_a_password_can_be_empty(file: Path) -> None:
    """A server that trusts its clients asks for none."""
    assert load(write(file, EXAMPLE.replace(PASSWORD, '""'))).connection.password == ""


@pytest.mark.parametrize("port", ["5432", '"5432"', "1", "65535"])
def test_a_port_is_a_number_or_text(file: Path, port: str) -> None:
    """Both spellings are in use."""
    assert load(write(file, EXAMPLE.replace('"5432"', port))).connection.port == int(port.strip('"'))


MERGED = """
login: &login {user: usr_replica, password: p1, charset: utf8, connect_timeout: 10}
near: &near {host: near, port: 3306, charset: latin1}
mappings: &mappings {my_a: db_a}
more: &more {<<: *mappings, my_b: db_b}
pg_conn: {<<: *login, host: "::1", port: 5432, database: d}
sources:
  one: &one
    type: mysql
    db_conn: {<<: [*near, *login], password: p2}
    schema_mappings: {<<: *more, my_a: db_other}
  two: {<<: *one, schema_mappings: *mappings}
"""


def test_anchors_and_merges_are_read_as_yaml_reads_them(file: Path) -> None:
    """A server that several sources share is written once; what is nearest counts."""
    assert says_the_same(load(write(file, MERGED)), yaml.safe_load(MERGED))


def test_merges_of_merges_take_no_longer(file: Path) -> None:
    """Each level doubles what PyYAML's own loader builds; sixty would fill any memory."""
    levels = [f"l{level}: &l{level} {{<<: [*l{level - 1}, *l{level - 1}]}}" for level in range(1, 60)]
    bomb = "\n".join(["l0: &l0 {x: y}", *levels])
    merged = EXAMPLE.replace("schema_mappings:", "schema_mappings: &self\n      <<: [*l59, *self]")
    assert load(write(file, bomb + merged.removeprefix("---"))).sources[0].schema_mappings["x"] == "y"


def test_a_byte_order_mark_is_no_part_of_the_first_key(file: Path) -> None:
    """Windows editors write one."""
    assert load(write(file, b"\xef\xbb\xbf" + EXAMPLE.removeprefix("---\n").encode())).sources


def test_keys_of_the_user_are_passed_over(file: Path) -> None:
    """What resembles no key of pg_chameleon, or stands beside the one it resembles, blocks no upgrade."""
    tree = example() | {"x-owner": {"team": "dba"}}
    tree["pg_conn"] |= {"sslmode": "require", "password_old": "x"}
    tree["sources"]["mysql"] |= {"contact": "me", "type2": 1}
    assert load(write(file, tree)).sources


def test_tags_in_the_file_run_nothing(file: Path, tmp_path: Path) -> None:
    """A tag that makes PyYAML's unsafe loader call a function is one more value of the user's own."""
    assert load(write(file, f"{EXAMPLE}\nx: [!!python/object/apply:os.mkdir ['{tmp_path}/trace'], &a [*a]]"))
    assert not (tmp_path / "trace").exists()


REQUIRED = [
    *((key,) for key in ("pg_conn", "sources")),
    *(("pg_conn", key) for key in example()["pg_conn"]),
    *(("sources", "mysql", key) for key in ("type", "db_conn", "schema_mappings")),
    *(("sources", "mysql", "db_conn", key) for key in example()["sources"]["mysql"]["db_conn"]),
]


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
    wheels = CHECKOUT / ".venv" / "wheels"
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


@pytest.mark.parametrize(("mode", "readable"), [(0o600, False), (0o640, True), (0o604, True), (0o611, False)])
def test_a_file_that_others_can_read_is_noticed(file: Path, mode: int, *, readable: bool) -> None:
    """It holds two passwords."""
    write(file, EXAMPLE).chmod(mode)
    assert load(file).readable_by_others is readable


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((), "~/.pg_chameleon/configuration/default.yml"),
        (("x", "env", "ini"), "~/.pg_chameleon/configuration/x.yml"),
        ((None, "env", "ini"), "~/.pg_chameleon/configuration/env.yml"),
        ((None, None, "ini"), "~/.pg_chameleon/configuration/ini.yml"),
        ((None, "", ""), "~/.pg_chameleon/configuration/default.yml"),
        (("my.old name", None, None), "~/.pg_chameleon/configuration/my.old name.yml"),
        (("./x", None, None), "x"),
        (("x.yml", None, None), "x.yml"),
        (("x.yaml", None, None), "x.yaml"),
        ((None, "~/x", None), "~/x"),
    ],
)
def test_the_first_name_given_finds_the_file(given: tuple[str | None, ...], found: str) -> None:
    """-x goes before the environment, that before alembic.ini, and a bare name is one of pg_chameleon's."""
    assert str(find(*given)) == os.path.expanduser(found)  # noqa: PTH111


@pytest.mark.parametrize(
    ("argument", "message"),
    [("", "-x config= is empty; needed: the name or path"), ("~no-such-user/x", "needed: HOME set, or -x")],
)
def test_a_name_that_leads_nowhere_is_refused(argument: str, message: str) -> None:
    """`-x config=$UNSET` must not take the file of the environment, which is of another database."""
    with pytest.raises(UserError, match=message):
        find(argument, "env", "ini")


def read_or_refused(file: Path, content: bytes) -> None:
    """Assert that `content` is read as PyYAML reads it, or refused in one line without a secret."""
    try:
        read = load(write(file, content))
    except UserError:
        line_of_refusal(file)
    else:
        assert says_the_same(read, yaml.load(content, Loader=yaml.BaseLoader))


SIGNS = [
    b"",
    b"\t",
    b"\n",
    b" ",
    b"'",
    b'"',
    b"*",
    b"{",
    b"[",
    b"\\",
    b"\xff",
    b": ",
    b"- ",
    b"&a ",
    b"!!int ",
    b"<<: ",
]


@QUICK
@given(data=st.data())
def test_whatever_happens_to_the_bytes_is_read_or_refused(file: Path, data: st.DataObject) -> None:
    """Bytes lost, doubled or replaced by what means something to YAML."""
    content = EXAMPLE.encode()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(start + 30, len(content))))
        put = data.draw(st.sampled_from(SIGNS) | st.binary(max_size=3) | st.just(content[start:end] * 2))
        content = content[:start] + put + content[end:]
    read_or_refused(file, content)


PLACES = [*REQUIRED, ("sources", "mysql"), ("sources", "mysql", "schema_mappings", "my_schema_01")]
# A key is shown, being a name: the secret is among the values only.
KEYS = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=5)
VALUES = st.recursive(
    KEYS | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


@QUICK
@given(
    place=st.sampled_from(PLACES),
    value=VALUES | st.sampled_from(PLACES).map(lambda place: node(example(), *place)),
)
def test_whatever_stands_in_a_place_is_read_or_refused(
    file: Path, place: tuple[str, ...], value: object
) -> None:
    """Any value, a wrong one or one from elsewhere in the file, in any place."""
    tree = example()
    node(tree, *place[:-1])[place[-1]] = value
    read_or_refused(file, yaml.safe_dump(tree, allow_unicode=True).encode())

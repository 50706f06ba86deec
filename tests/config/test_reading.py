"""The configuration file: it is read as pg_chameleon reads it, and found by name or path."""

from __future__ import annotations

import os
from dataclasses import FrozenInstanceError, asdict
from pathlib import Path

import pymysql
import pytest
import yaml
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations.config.settings import find, load
from chameleon_migrations.errors import UserError
from tests.support.written_config import (
    EXAMPLE,
    PASSWORD,
    SECRET,
    example,
    says_the_same,
    write,
)


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


def test_the_url_connects_in_utf_8_whatever_the_charset_of_the_file(file: Path, database: URL) -> None:
    """A socket's directory and a name with a space reach PostgreSQL; the client's encoding is ours."""
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
    assert tuple(row) == (database.username, database.database, "UTF8")


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
near: &near {host: near, port: 3306}
mappings: &mappings {my_a: db_a}
more: &more {<<: *mappings, my_b: db_b}
pg_conn: {<<: *login, host: "::1", port: 5432, database: d}
sources:
  one: &one
    type: mysql
    db_conn: {<<: [*near, *login], password: p2, charset: latin1}
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

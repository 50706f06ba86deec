"""What MySQL is asked before the upgrade, on a real MariaDB that is made to have each fault."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chameleon_migrations.checks.mysql import Expected, Finding, Resume, Table, ask
from chameleon_migrations.config.settings import MySQL as Login
from devtools.clients.mariadb import REPLICA, MySQL, create_replica_user, replica_login
from tests.clients.conftest import required_mariadb

pytestmark = pytest.mark.clients

SCHEMA = "my schema, 01"
KEYED = Table(SCHEMA, "Order Lines", ("order, id", "line"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MySQL]:
    """A running MariaDB, which the tests leave in any state."""
    with required_mariadb(tmp_path_factory.mktemp("mysql")) as running:
        yield running


@pytest.fixture
def source(server: MySQL) -> MySQL:
    """A server that is right, with a schema that holds a table with a key of two columns."""
    create_replica_user(server)
    server.execute(
        "SET GLOBAL binlog_format = ROW",
        "SET GLOBAL binlog_row_image = FULL",
        f"DROP DATABASE IF EXISTS `{SCHEMA}`",
        f"CREATE DATABASE `{SCHEMA}`",
        f"CREATE TABLE `{SCHEMA}`.`Order Lines` (line int, `order, id` int, PRIMARY KEY (`order, id`, line))",
    )
    return server


def login(mysql: MySQL) -> Login:
    """Return the login that the configuration file would name."""
    user = replica_login(mysql)
    return Login(user.host, user.port, user.user, user.password, "utf8", 1)


def here(mysql: MySQL) -> Resume:
    """Return the position that MySQL is at."""
    return Resume("source_01", *mysql.position())


def only(findings: list[Finding]) -> Finding:
    """Return the one finding, which is one line without the password."""
    (finding,) = findings
    assert "\n" not in str(finding)
    assert "mysql-s3cret" not in str(finding)
    return finding


def test_a_server_that_is_right_has_no_findings(source: MySQL) -> None:
    """Settings, rights, the binlog up to its very end, schemas and keys are as the catalogue expects them."""
    assert ask("mysql", login(source), Expected([SCHEMA], [here(source)], [KEYED])) == []


@pytest.mark.parametrize(("name", "value"), [("binlog_format", "STATEMENT"), ("binlog_row_image", "MINIMAL")])
def test_a_binlog_that_is_not_of_full_rows(source: MySQL, name: str, value: str) -> None:
    """A setting without which events cannot be replicated is an error that names the value it needs."""
    source.execute(f"SET GLOBAL {name} = {value}")
    finding = only(ask("mysql", login(source), Expected([SCHEMA], [here(source)])))
    assert finding.is_error
    assert f"{name} = {value}" in finding.found


def test_no_binlog(tmp_path: Path) -> None:
    """A server that writes no binlog is an error, and is not asked for its files."""
    with required_mariadb(tmp_path, ["--skip-log-bin", "--binlog-format=ROW"]) as without:
        finding = only(
            ask("mysql", login(without), Expected([], [Resume("source_01", "mysql-bin.000001", 4)]))
        )
    assert finding.is_error
    assert "log_bin = OFF" in finding.found


@pytest.mark.parametrize("right", ["REPLICATION SLAVE", "REPLICATION CLIENT"])
def test_a_right_that_is_missing(source: MySQL, right: str) -> None:
    """The user has to be granted both rights of a replica."""
    source.execute(f"REVOKE {right} ON *.* FROM {REPLICA}@'%'")
    finding = only(ask("mysql", login(source), Expected([SCHEMA], [here(source)])))
    assert finding.is_error
    assert right in finding.found


def test_a_right_that_only_a_role_has(source: MySQL) -> None:
    """Whether a role is active for pg_chameleon is not known here, so it is a warning."""
    source.execute(
        "DROP ROLE IF EXISTS replicas",
        "CREATE ROLE replicas",
        "GRANT REPLICATION SLAVE ON *.* TO replicas",
        f"GRANT replicas TO {REPLICA}@'%'",
        f"REVOKE REPLICATION SLAVE ON *.* FROM {REPLICA}@'%'",
    )
    gone = Resume("source_01", "mysql-bin.999999", 4)
    role, binlog = ask("mysql", login(source), Expected([SCHEMA], [gone]))
    assert "REPLICATION SLAVE" in role.found
    assert not role.is_error
    assert binlog.is_error


def test_an_error_on_the_way_hides_nothing(source: MySQL) -> None:
    """What was found before MySQL refused an answer stays found."""
    source.execute(
        "DROP ROLE IF EXISTS idlers",
        "CREATE ROLE idlers",
        f"GRANT idlers TO {REPLICA}@'%'",
        f"REVOKE REPLICATION CLIENT ON *.* FROM {REPLICA}@'%'",
    )
    right, unverified = ask("mysql", login(source), Expected([SCHEMA], [here(source)]))
    assert "REPLICATION CLIENT" in right.found
    assert "gave no answer" in unverified.found


def test_a_user_who_may_do_everything(source: MySQL) -> None:
    """ALL PRIVILEGES holds the rights of a replica without naming them."""
    source.execute(f"GRANT ALL PRIVILEGES ON *.* TO {REPLICA}@'%'")
    assert ask("mysql", login(source), Expected([SCHEMA], [here(source)])) == []


def test_a_binlog_file_that_was_purged(source: MySQL) -> None:
    """A resume position in a file that MySQL no longer has is an error that names the source and the file."""
    gone = here(source)
    source.execute("FLUSH BINARY LOGS")
    purge(source, gone.file)
    finding = only(ask("mysql", login(source), Expected([SCHEMA], [here(source), gone])))
    assert finding.is_error
    assert f"source_01 goes on at {gone.file}" in finding.found


def purge(mysql: MySQL, file: str) -> None:
    """Purge until `file` is gone: MariaDB keeps a file until its own checkpoint in the next one."""
    deadline = time.monotonic() + 20
    while file in {name for name, *_ in mysql.rows("SHOW BINARY LOGS")}:
        assert time.monotonic() < deadline
        mysql.execute(f"PURGE BINARY LOGS TO '{mysql.position()[0]}'")


def test_an_offset_behind_the_end_of_its_file(source: MySQL) -> None:
    """One byte too far is an error: the file is not the one that was read."""
    behind = replace(here(source), offset=here(source).offset + 1)
    finding = only(ask("mysql", login(source), Expected([SCHEMA], [behind])))
    assert finding.is_error
    assert f"only {here(source).offset} bytes" in finding.found


def test_a_mapped_schema_that_is_not_there(source: MySQL) -> None:
    """A schema in schema_mappings that MySQL has not is an error."""
    finding = only(ask("mysql", login(source), Expected([SCHEMA, "other"], [here(source)])))
    assert finding.is_error
    assert "no schema other" in finding.found


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DROP TABLE {}", "is not there"),
        ("ALTER TABLE {} DROP PRIMARY KEY", "has no primary key"),
        ("ALTER TABLE {} DROP PRIMARY KEY, ADD PRIMARY KEY (line, `order, id`)", "key line, order, id"),
    ],
)
def test_a_registered_table_that_has_changed(source: MySQL, change: str, found: str) -> None:
    """A table that is gone or has another key, be it only in another order, is a warning that names it."""
    source.execute(change.format(f"`{SCHEMA}`.`Order Lines`"))
    finding = only(ask("mysql", login(source), Expected([SCHEMA], [here(source)], [KEYED])))
    assert not finding.is_error
    assert f"{SCHEMA}.Order Lines of the source mysql" in finding.found
    assert found in finding.found


def test_a_login_that_mysql_refuses(source: MySQL) -> None:
    """A wrong password is what MySQL says, so it is an error."""
    finding = only(ask("mysql", replace(login(source), password="mysql-s3cret-not"), Expected([SCHEMA])))
    assert finding.is_error
    assert f"does not let the user {REPLICA} in" in finding.found


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_server_that_cannot_be_reached(silent_port: int) -> None:
    """No answer within connect_timeout is one warning, which says that nothing is verified."""
    nobody = Login("127.0.0.1", silent_port, REPLICA, "mysql-s3cret", "utf8", 1)
    finding = only(ask("mysql", nobody, Expected([SCHEMA], [Resume("source_01", "mysql-bin.000001", 4)])))
    assert not finding.is_error
    assert "gave no answer" in finding.found
    assert "none of that is verified" in finding.remedy


@pytest.mark.parametrize(
    "mistake",
    [
        {"charset": "utf-8"},
        {"password": "s3cr€t"},
        {"host": "mysql..example.com"},
        {"host": f"{'h' * 64}.example.com"},
    ],
    ids=["charset", "password", "empty-label", "long-label"],
)
def test_a_login_that_pymysql_cannot_use(mistake: dict[str, Any]) -> None:
    """One line, without the password; no server is asked."""
    wrong = replace(Login("127.0.0.1", 1, "usr", "mysql-s3cret", "utf8", 1), **mistake)
    [finding] = ask("source_01", wrong, Expected([]), required=True)
    assert finding.is_error
    assert "gave no answer" in finding.found
    assert "\n" not in str(finding)
    assert wrong.password not in str(finding)

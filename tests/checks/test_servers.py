"""The MySQL servers that the configuration file names are asked before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import URL

from devtools.clients.mariadb import MySQL, create_replica_user, replica_login
from devtools.config_file import write_config
from tests.clients.conftest import required_mariadb
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build
from tests.support.snapshot import snapshot

SOURCE = OldSource("one", "my", "db", ("mysql-bin.000099", 100))
MAPPINGS = {"mysql": {"my": "db"}}


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic with a file whose MySQL nobody answers for."""
    build(database, [SOURCE])
    return Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS))


def test_a_server_that_does_not_answer_is_a_loud_warning(alembic: Alembic) -> None:
    """The catalogue can be upgraded without it; what stays unverified is said."""
    said = alembic.must("upgrade", "2.0.0")
    assert "WARNI" in said
    assert "the MySQL of the source mysql at 127.0.0.1, port 1, gave no answer" in said
    assert "none of that is verified" in said


def test_a_server_that_is_required_stops_the_upgrade(database: URL, alembic: Alembic) -> None:
    """`-x mysql=require` makes of no answer an error."""
    before = snapshot(database)
    said = alembic.must_fail("-x", "mysql=require", "upgrade", "2.0.0")
    assert "gave no answer" in said
    assert "nothing was changed" in said
    assert snapshot(database) == before


def test_a_server_that_is_skipped_is_not_asked(alembic: Alembic) -> None:
    """`-x mysql=skip` does not ask at all."""
    assert "the MySQL of the source" not in alembic.must("-x", "mysql=skip", "upgrade", "2.0.0")


def test_another_word_is_refused(database: URL, alembic: Alembic) -> None:
    """A misspelt option must not be taken for the default."""
    before = snapshot(database)
    assert "-x mysql=requires" in alembic.must_fail("-x", "mysql=requires", "upgrade", "2.0.0")
    assert snapshot(database) == before


def test_a_base_name_with_a_dot_is_said(database: URL, tmp_path: Path) -> None:
    """pg_chameleon 2.0 takes the second part of a file's name for its number."""
    build(database, [OldSource("one", "my", "db", ("host.example-bin.000007", 4))])
    alembic = Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS))
    assert "one reads host.example-bin.000007" in alembic.must("upgrade", "2.0.0")


@pytest.fixture
def mysql(tmp_path: Path) -> Iterator[MySQL]:
    """A MariaDB that has none of what the catalogue goes on from."""
    with required_mariadb(tmp_path / "mysql") as server:
        create_replica_user(server)
        yield server


@pytest.mark.clients
def test_what_a_server_says_stops_the_upgrade(database: URL, alembic: Alembic, mysql: MySQL) -> None:
    """Without the binlog of the resume position, or the schema, a perfect catalogue is worth nothing."""
    login = replica_login(mysql)
    content = yaml.safe_load(alembic.config.read_text())
    content["sources"]["mysql"]["db_conn"] |= {
        "port": login.port,
        "user": login.user,
        "password": login.password,
    }
    alembic.config.write_text(yaml.safe_dump(content))
    before = snapshot(database)
    said = alembic.must_fail("upgrade", "2.0.0")
    assert "one goes on at mysql-bin.000099, offset 100, and MySQL has no such binlog file any more" in said
    assert "shows no schema my" in said
    assert snapshot(database) == before

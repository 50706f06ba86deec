"""A MariaDB for the tests of a module, and replicas that the real clients have made."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools.clients.mariadb import MySQL
from devtools.registered import Made, registered
from devtools.server import OWNER, PASSWORD, drop_database, execute, fresh_database
from tests.clients.conftest import required_mariadb


@pytest.fixture(scope="module")
def mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MySQL]:
    """A running MariaDB, as its administrator."""
    with required_mariadb(tmp_path_factory.mktemp("mysql")) as server:
        yield server


@contextmanager
def replica_database(server: URL) -> Iterator[URL]:
    """Yield an empty database, as its owner; pg_chameleon does not quote its name, so it is a plain one."""
    name = f"db_verify_{uuid.uuid4().hex[:12]}"
    execute(server, f'CREATE DATABASE "{name}" OWNER {OWNER} TEMPLATE template0')
    yield server.set(username=OWNER, password=PASSWORD, database=name)
    drop_database(server, name)


@pytest.fixture(params=["2.0.0"])
def made(request: pytest.FixtureRequest, server: URL, mysql: MySQL, tmp_path: Path) -> Iterator[Made]:
    """An empty catalogue with one source."""
    with fresh_database(server) as postgres:
        yield registered(request.param, postgres, mysql, tmp_path)

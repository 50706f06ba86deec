"""The servers that the real clients stand between, new for each test."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools.clients.mariadb import ROW_BASED, MissingServerError, MySQL, running_mariadb
from devtools.server import fresh_database
from tests.support.clients.bed import Bed

SEED = int(os.environ.get("CLIENTS_SEED", "20261123"))
"""What the random work follows from; another one is other work."""


@pytest.fixture
def mysql(tmp_path: Path) -> Iterator[MySQL]:
    """A running MariaDB, as its administrator."""
    with required_mariadb(tmp_path / "mysql") as server:
        yield server


@contextmanager
def required_mariadb(directory: Path, binlog: Sequence[str] = ROW_BASED) -> Iterator[MySQL]:
    """Yield a running MariaDB, or skip the test; with ``REQUIRE_MARIADB=1`` its lack is an error."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(running_mariadb(directory, binlog))
        except MissingServerError as missing:
            if os.environ.get("REQUIRE_MARIADB") == "1":
                raise
            pytest.skip(str(missing))
        yield server


@pytest.fixture
def replica_database(server: URL) -> Iterator[URL]:
    """An empty database, as its owner; pg_chameleon does not quote its name, so it is a plain one."""
    with fresh_database(server, prefix="db_replica_") as database:
        yield database


@pytest.fixture
def bed(tmp_path: Path, mysql: MySQL, replica_database: URL) -> Bed:
    """Both clients, configured and not yet run, and the workload's tables in MySQL."""
    return Bed.at(tmp_path, mysql, replica_database, SEED)

"""The SQL files of the catalogues 1.7 and 2.0.0, installed and run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.pool import NullPool

from tests.installed import INSTALLATIONS
from tests.server import execute
from tests.structure import recorded, structure


@pytest.fixture
def connection(database: URL) -> Iterator[Connection]:
    """A connection in autocommit, as the owner of an empty database."""
    with create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connected:
        yield connected


@pytest.mark.parametrize("version", INSTALLATIONS)
def test_the_files_build_the_structure_of_their_version(
    database: URL, connection: Connection, version: str
) -> None:
    """A catalogue built from our files has the structure that pg_chameleon's has."""
    execute(database, *INSTALLATIONS[version])
    assert structure(connection) == recorded(version)

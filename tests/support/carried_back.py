"""An upgraded catalogue with three old sources, to downgrade."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.config_file import write_config
from tests.support.command import Alembic
from tests.support.old_catalogue import Mappings, OldSource, OldTable, build
from tests.support.replicated_progress import NewTable
from tests.support.templates import upgrade

SOURCES = [
    OldSource("first", "my_1", "db_1", ("mysql-bin.000002", 100), tables=[OldTable("t"), OldTable("u")]),
    OldSource("second", "my_2", "db_2", ("mysql-bin.000002", 500), tables=[OldTable("t")]),
    OldSource("third", "my_3", "db_3", None, tables=()),
]
MAPPINGS: Mappings = {"mysql": {"my_1": "db_1", "my_2": "db_2", "my_3": "db_3"}}
ALL = [NewTable("db_1", "t"), NewTable("db_1", "u"), NewTable("db_2", "t", kept=True)]


def upgraded(database: URL) -> None:
    """Build `SOURCES` in a 1.7 catalogue, and upgrade it to 2.0.0."""
    build(database, SOURCES)
    upgrade(database, MAPPINGS, "2.0.0")


def there(database: URL, tmp_path: Path, sources: list[OldSource], mappings: Mappings) -> Alembic:
    """Build a 1.7 catalogue and upgrade it."""
    build(database, sources)
    alembic = Alembic(write_config(tmp_path / "new.yml", database, mappings))
    alembic.must("upgrade", "2.0.0")
    return alembic


def query(database: URL, statement: str) -> list[tuple[Any, ...]]:
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]

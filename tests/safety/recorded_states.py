"""The recorded catalogue in the few states that it may be in, whatever happens to a migration of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from tests import recorded
from tests.command import Alembic, write_config
from tests.old_catalogue import read
from tests.server import execute, fresh_database
from tests.structure import recorded as recorded_structure
from tests.structure import structure

_REPLAY_OLDEST = """
DO $$
BEGIN
    PERFORM sch_chameleon.fn_process_batch(1000000, source_id)
    FROM (
        SELECT i_id_source::integer AS source_id
        FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_batch_events USING (i_id_batch)
        WHERE b_started AND b_processed AND NOT b_replayed ORDER BY ts_created LIMIT 1
    ) AS oldest;
END $$"""
_PENDING = text("""
SELECT i_id_batch FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_batch_events USING (i_id_batch)
WHERE b_started AND b_processed AND NOT b_replayed ORDER BY ts_created""")


@dataclass(frozen=True)
class States:
    """Templates of the recorded catalogue before and after the upgrade, and what is right in between.

    Attributes:
        server: The superuser's URL.
        templates: The database's name by catalogue version.
        rows: The replicated tables by the numbers of the batches that are still pending.
        upgraded: What the 2.0.0 catalogue holds, in the shape of `tests.old_catalogue.read`.
    """

    server: URL
    templates: dict[str, str]
    rows: dict[tuple[int, ...], dict[str, str]]
    upgraded: dict[str, Any]

    @contextmanager
    def copy(self, version: str, directory: Path) -> Iterator[tuple[URL, Alembic]]:
        """Yield a database with the catalogue at `version`, and an alembic for it."""
        with fresh_database(self.server, self.templates[version]) as database:
            yield database, Alembic(write_config(directory / "upgraded.yml", database, recorded.SOURCES))

    def version(self, database: URL) -> str:
        """Return which version the catalogue is of, wholly; fail if it is between, or if anything is lost or doubled."""
        with create_engine(database, poolclass=NullPool).connect() as connection:
            version = str(connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version")))
            assert structure(connection) == recorded_structure(version)
            kept = {
                name: connection.scalar(text("SELECT to_regnamespace(:name) IS NOT NULL"), {"name": name})
                for name in ("_sch_chameleon_version1", "_sch_chameleon_version2")
            }
            assert kept["_sch_chameleon_version1"] == (version == "2.0.0")
            assert not (version == "2.0.0" and kept["_sch_chameleon_version2"])
            pending = () if version == "2.0.0" else tuple(connection.scalars(_PENDING))
        assert stamped(database) in (version, None)
        assert recorded.replicated(database) == self.rows[pending]
        if version == "2.0.0":
            assert read(database) == self.upgraded
        return version


def stamped(database: URL) -> str | None:
    """Return what the version table says; None where alembic has not come to write it."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        table = "chameleon_migrations.alembic_version"
        if connection.scalar(text("SELECT to_regclass(:table)"), {"table": table}) is None:
            return None
        return connection.scalars(text(f"SELECT version_num FROM {table}")).one_or_none()


def forget_kept(database: URL) -> None:
    """Drop what a failed upgrade, or a downgrade, kept of the 2.0 catalogue."""
    execute(database, "DROP SCHEMA IF EXISTS _sch_chameleon_version2 CASCADE")


@contextmanager
def built(server: URL, directory: Path) -> Iterator[States]:
    """Yield the states, computed with the catalogue's own replay function and an upgrade that nothing disturbs."""
    with fresh_database(server) as old, fresh_database(server) as replayed:
        recorded.load(old)
        recorded.load(replayed)
        rows = _replay(replayed)
        with fresh_database(server, old.database) as new:
            Alembic(write_config(directory / "new.yml", new, recorded.SOURCES)).must("upgrade", "2.0.0")
            templates = {"1.7": str(old.database), "2.0.0": str(new.database)}
            yield States(server, templates, rows, read(new))


def _replay(database: URL) -> dict[tuple[int, ...], dict[str, str]]:
    """Return the replicated tables by which batches are pending."""
    rows: dict[tuple[int, ...], dict[str, str]] = {}
    engine = create_engine(database, poolclass=NullPool)
    while () not in rows:
        with engine.connect() as connection:
            pending = tuple(connection.scalars(_PENDING))
        # A call that finds nothing left of a batch ends it: only before the first one is the batch untouched.
        rows.setdefault(pending, recorded.replicated(database))
        execute(database, _REPLAY_OLDEST)
    return rows

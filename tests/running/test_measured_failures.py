"""The failures of pg_chameleon's own upgrade that were measured (docs: upgrade table), each done right here."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.config_file import write_config
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, OldTable, build, read, upgraded
from tests.support.snapshot import snapshot

FIRST = OldSource("first", "my_1", "db_1", ("mysql-bin.000002", 500))
SECOND = OldSource("second", "my_2", "db_2", ("mysql-bin.000002", 900))
BOTH = {"mysql": {"my_1": "db_1", "my_2": "db_2"}}


def upgrade(database: URL, tmp_path: Path, sources: list[OldSource]) -> None:
    build(database, sources)
    Alembic(write_config(tmp_path / "new.yml", database, BOTH)).must("upgrade", "2.0.0")


@pytest.mark.parametrize("started", [(False, False), (True, False), (False, True)])
def test_a_resume_batch_counts_whether_started_or_not(
    database: URL, tmp_path: Path, started: tuple[bool, bool]
) -> None:
    """After a read that ended on new events 1.8.2 has not marked its next batch as started: the tables are there all the same."""
    sources = [
        OldSource("first", "my_1", "db_1", started=started[0]),
        OldSource("second", "my_2", "db_2", ("mysql-bin.000002", 900), started=started[1]),
    ]
    upgrade(database, tmp_path, sources)
    assert read(database) == upgraded(sources, BOTH)
    assert set(read(database)["mysql"]["tables"]) == {("db_1", "t"), ("db_2", "t")}


def test_a_pair_that_the_file_lacks_stops_the_upgrade(database: URL, tmp_path: Path) -> None:
    """A schema that the configuration forgets would lose its tables without a word."""
    build(database, [FIRST, SECOND])
    before = snapshot(database)
    config = write_config(tmp_path / "new.yml", database, {"mysql": {"my_1": "db_1"}})
    said = Alembic(config).must_fail("upgrade", "2.0.0")
    assert "my_2 -> db_2" in said
    assert "nothing was changed" in said
    assert snapshot(database) == before


def test_a_resynced_table_keeps_its_later_position(database: URL, tmp_path: Path) -> None:
    """1.7 stores a position of its own for a table that was synced alone; replaying from before it would double rows."""
    synced = OldTable("synced", position=("mysql-bin.000010", 7))
    earlier = OldTable("earlier", position=("mysql-bin.000002", 499))
    sources = [
        OldSource("first", "my_1", "db_1", ("mysql-bin.000002", 500), tables=[synced, earlier]),
        SECOND,
    ]
    upgrade(database, tmp_path, sources)
    assert read(database) == upgraded(sources, BOTH)
    assert read(database)["mysql"]["tables"]["db_1", "synced"] == (["id"], ("mysql-bin.000010", 8))
    assert read(database)["mysql"]["high_watermark"] == ("mysql-bin.000010", 7)


def test_a_leftover_schema_is_never_swapped_in(database: URL, tmp_path: Path) -> None:
    """With other mappings and a `_sch_chameleon_version1` lying about, the live catalogue stays where it is."""
    build(database, [FIRST, SECOND])
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA _sch_chameleon_version1"))
    before = snapshot(database)
    said = Alembic(write_config(tmp_path / "new.yml", database, {"mysql": {"my_1": "db_x"}})).must_fail(
        "upgrade", "2.0.0"
    )
    assert "DROP SCHEMA _sch_chameleon_version1 CASCADE" in said
    assert snapshot(database) == before


def test_positions_are_one_past_the_last_event_that_is_applied(database: URL, tmp_path: Path) -> None:
    """pg_chameleon applies an event again when its end equals the stored position; twice an INSERT takes the table out."""
    upgrade(database, tmp_path, [FIRST, SECOND])
    tables = read(database)["mysql"]["tables"]
    assert tables["db_1", "t"][1] == ("mysql-bin.000002", 501)
    assert tables["db_2", "t"][1] == ("mysql-bin.000002", 901)
    assert read(database)["mysql"]["resume"] == ("mysql-bin.000002", 500)

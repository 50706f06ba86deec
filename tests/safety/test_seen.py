"""What the checks saw is what the swap finds under its locks; otherwise nothing happens, and what moved is said."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from devtools.server import execute
from tests.support.safety.company import FIRST, upgrade_with_writer
from tests.support.safety.recorded_states import States
from tests.support.safety.sessions import before_statement
from tests.support.snapshot import snapshot

MOVED = {
    "version": (
        "CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT '1.8'::text AS t_version",
        ["was  version 1.7", "is   version 1.8"],
    ),
    "source": (
        "INSERT INTO sch_chameleon.t_sources (t_source, t_dest_schema) VALUES ('late', 'late')",
        ["is   source late: "],
    ),
    "resume batch": (
        "INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position)"
        f" VALUES ({FIRST}, 'mysql-bin.000009', 99)",
        ["mysql-bin.000009, offset 99", "was  resume batch"],
    ),
    "no resume batch": (
        f"UPDATE sch_chameleon.t_replica_batch SET b_processed = true WHERE i_id_source = {FIRST}",
        ["was  resume batch"],
    ),
    "table": (
        "DELETE FROM sch_chameleon.t_replica_tables WHERE v_table_name = 'orders'",
        ["was  table db_schema_01.orders: "],
    ),
    "position of a table": (
        "UPDATE sch_chameleon.t_replica_tables SET i_binlog_position = 42, t_binlog_name = 'mysql-bin.000009'"
        " WHERE v_table_name = 'orders'",
        ['is   table db_schema_01.orders: {"i_id_table"', '"i_binlog_position": 42'],
    ),
}


@pytest.mark.parametrize(("change", "said"), MOVED.values(), ids=MOVED.keys())
def test_what_moved_is_said(states: States, tmp_path: Path, change: str, said: list[str]) -> None:
    """A change that is committed after the checks and before the locks stops the swap, and stays as it was made."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        moved = {}

        def move() -> None:
            execute(database, change)
            moved.update(snapshot(database, without=("chameleon_migrations",)))

        with before_statement("LOCK TABLE", move):
            output = alembic.must_fail("upgrade", "2.0.0")
        assert "the catalogue was changed after the checks" in output
        for line in said:
            assert line in output
        assert snapshot(database, without=("chameleon_migrations",)) == moved


def test_what_moved_before_the_way_back_is_said(states: States, tmp_path: Path) -> None:
    """The downgrade compares again as well."""
    with states.copy("2.0.0", tmp_path) as (database, alembic):
        change = "UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = i_binlog_position + 7"
        with before_statement("LOCK TABLE", lambda: execute(database, change)):
            assert "the catalogue was changed after the checks" in alembic.must_fail("downgrade", "1.7")
        assert alembic.current().startswith("2.0.0")


def test_a_batch_that_was_read_meanwhile_stops_the_swap(states: States, tmp_path: Path) -> None:
    """Its events are pending: the swap would lose them."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        batch = (
            "WITH batch AS (UPDATE sch_chameleon.t_replica_batch SET b_replayed = false"
            f" WHERE i_id_source = {FIRST} AND b_replayed RETURNING i_id_batch)"
            " INSERT INTO sch_chameleon.t_batch_events SELECT max(i_id_batch), '{1}' FROM batch"
        )
        with before_statement("LOCK TABLE", lambda: execute(database, batch)):
            assert "batches were read while the migration ran" in alembic.must_fail("upgrade", "2.0.0")
        assert alembic.current() == "1.7"


@pytest.mark.parametrize("rounds", [1, pytest.param(20, marks=pytest.mark.slow)])
def test_a_writer_at_work_is_never_half_in(states: States, tmp_path: Path, rounds: int) -> None:
    """Whether the upgrade finds it or locks it out: what it has read is in 1.7, or replayed, and nothing of it is in 2.0."""
    for random in map(Random, range(rounds)):
        upgrade_with_writer(states, tmp_path, random)

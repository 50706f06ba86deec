"""What 2.0 has done since the upgrade is carried back into the 1.7 catalogue."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from devtools.config_file import write_config
from devtools.server import execute, fresh_database
from tests.replay.test_shapes import NAMES, catalogues
from tests.support.carried_back import ALL, MAPPINGS, SOURCES, query, there, upgraded
from tests.support.command import Alembic
from tests.support.faults import APART, fail_after
from tests.support.old_catalogue import Mappings, OldSource, Position, build, order
from tests.support.replicated_progress import NewTable, Progress, carried_back, read_back, replicate
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, empty

pytestmark = begins_with(upgraded)


def later(position: Position) -> st.SearchStrategy[Position]:
    """Draw a position at which an event after `position` can end: no event is shorter than 19 bytes."""
    file, offset = position
    base, number = file.rsplit(".", 1)
    same_file = st.integers(min(offset + 19, 2**31 - 2), 2**31 - 2).map(lambda end: (file, end))
    next_file = st.tuples(
        st.integers(int(number) + 1, int(number) + 3).map((base + ".{:06d}").format),
        st.integers(4, 2**31 - 2),
    )
    return next_file if offset + 19 > 2**31 - 2 else same_file | next_file


@st.composite
def journeys(draw: st.DrawFn) -> tuple[list[OldSource], Mappings, dict[str, Progress]]:
    """Draw a 1.7 catalogue, its mappings, and for any of its new sources what 2.0 has done."""
    sources, mappings = draw(catalogues())
    made = {}
    for name, pairs in mappings.items():
        olds = [old for old in sources if pairs.get(str(old.schema)) == old.destination]
        if draw(st.booleans()):
            made[name] = draw(_progress(olds))
    untouched = [
        old for old in sources if not any(old.destination in mappings[name].values() for name in made)
    ]
    # 2.0 without any table beside a 1.7 with some is taken for an upgrade that pg_chameleon has not finished.
    assume(
        any(new.tables for new in made.values())
        or any(old.tables for old in untouched)
        or not any(old.tables for old in sources)
    )
    return sources, mappings, made


@st.composite
def _progress(draw: st.DrawFn, olds: list[OldSource]) -> Progress:
    lowest = min((old.resume for old in olds if old.resume), key=order, default=None)
    resume = draw(later(lowest or ("mysql-bin.v2.000001", 4)) | st.just(lowest or ("mysql-bin.v2.000002", 4)))
    tables = [table for old in olds for table in [*draw(_since(old)), *draw(_added(old, resume))]]
    status = st.sampled_from(["initialised", "synced", "stopped", "running", "error"])
    return Progress(resume, draw(st.just(True) if resume == lowest else st.booleans()), draw(status), tables)


@st.composite
def _since(draw: st.DrawFn, old: OldSource) -> list[NewTable]:
    """Draw what has become of the tables of `old`: 2.0 forgets a position, also before it should."""
    found = []
    for table in old.tables:
        assert old.resume
        synced = draw(st.none() | later(max(old.resume, table.position or old.resume, key=order)))
        key = draw(st.just(table.key) | st.just(["id", "line,no"]))
        if draw(st.sampled_from([True, True, True, False])):
            found.append(
                NewTable(
                    old.destination,
                    table.name,
                    key,
                    synced,
                    kept=not synced and draw(st.booleans()),
                    enabled=draw(st.sampled_from([True, True, False])),
                )
            )
    return found


@st.composite
def _added(draw: st.DrawFn, old: OldSource, resume: Position) -> list[NewTable]:
    known = {table.name for table in old.tables}
    names = draw(st.lists(NAMES.filter(lambda name: name not in known), max_size=2, unique=True))
    return [NewTable(old.destination, name, synced=draw(st.none() | later(resume))) for name in names]


@pytest.mark.slow
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(journey=journeys())
def test_any_progress_is_carried_back(
    server: URL, tmp_path: Path, journey: tuple[list[OldSource], Mappings, dict[str, Progress]]
) -> None:
    """Resume batches, tables, keys, positions, states and times are what a few lines of Python make of them."""
    sources, mappings, made = journey
    with fresh_database(server) as database:
        alembic = there(database, tmp_path, sources, mappings)
        replicate(database, made)
        alembic.must("downgrade", "1.7")
        assert read_back(database) == carried_back(sources, mappings, made)


def test_an_old_source_goes_on_where_2_0_stopped(database: URL, alembic: Alembic) -> None:
    """A table that is further than that keeps one past its position, also when 2.0, killed while reading, forgot it."""
    forgotten = [NewTable("db_1", "t"), NewTable("db_1", "u"), NewTable("db_2", "t")]
    replicate(database, {"mysql": Progress(("mysql-bin.000002", 300), tables=forgotten)})
    alembic.must("downgrade", "1.7")
    back = read_back(database)
    assert back["first"]["resume"] == back["second"]["resume"] == ("mysql-bin.000002", 300)
    assert {position for _, position in back["first"]["tables"].values()} == {None}
    assert back["second"]["tables"] == {"t": ('"id"', ("mysql-bin.000002", 501))}
    assert back["third"]["resume"] is None


def test_2_0_that_was_killed_in_its_first_read(database: URL, alembic: Alembic) -> None:
    """It is where the upgrade let it begin, and has registered a table that it is still to create: 1.8.2 reads that again."""
    made = {"mysql": Progress(("mysql-bin.000002", 100), tables=[*ALL, NewTable("db_2", "new")])}
    replicate(database, made)
    alembic.must("downgrade", "1.7")
    back = read_back(database)
    assert back == carried_back(SOURCES, MAPPINGS, made)
    assert back["second"]["resume"] == ("mysql-bin.000002", 100)
    assert back["second"]["tables"] == {"t": ('"id"', ("mysql-bin.000002", 501)), "new": ('"id"', None)}


def test_2_0_that_was_killed_while_it_closed_a_batch(database: URL, alembic: Alembic) -> None:
    """Of two open batches, 2.0 would go on from the one made last."""
    replicate(database, {"mysql": Progress(("mysql-bin.000002", 700), tables=ALL)})
    execute(
        database,
        "UPDATE sch_chameleon.t_replica_batch SET b_processed = false, b_replayed = false"
        " WHERE i_binlog_position = 100",
    )
    alembic.must("downgrade", "1.7")
    back = read_back(database)
    assert back["first"]["resume"] == back["second"]["resume"] == ("mysql-bin.000002", 700)


def test_a_table_synced_before_2_0_began_to_read(database: URL, alembic: Alembic) -> None:
    """Its position is carried back, and a key that has changed; everything else stays as it was."""
    rekeyed = NewTable("db_1", "t", ("id", "line,no"), kept=True)
    synced = NewTable("db_1", "u", synced=("mysql-bin.000003", 700))
    made = Progress(
        ("mysql-bin.000002", 100), started=False, status="synced", tables=[rekeyed, synced, ALL[2]]
    )
    replicate(database, {"mysql": made})
    alembic.must("downgrade", "1.7")
    expected = carried_back(SOURCES, MAPPINGS, {})
    expected["first"]["tables"]["t"] = ('"id","line,no"', None)
    expected["first"]["tables"]["u"] = ('"id"', ("mysql-bin.000003", 701))
    assert read_back(database) == expected


@begins_with(empty)
def test_a_batch_that_began_there_before_is_opened_again(database: URL, tmp_path: Path) -> None:
    """1.7 has one batch for a position; what 1.8.2 had read or was reading behind it makes room to be read again."""
    build(database, SOURCES)
    execute(
        database,
        "UPDATE sch_chameleon.t_replica_batch SET t_binlog_name = 'mysql-bin.000002', i_binlog_position = 300,"
        " i_replayed = 7 WHERE b_replayed AND i_id_source = 2",
        "INSERT INTO sch_chameleon.t_log_replica_1_src_2 (i_id_batch, v_table_name, v_schema_name, enm_binlog_event)"
        " SELECT i_id_batch, 't', 'db_2', 'insert' FROM sch_chameleon.t_replica_batch"
        " WHERE NOT b_processed AND i_id_source = 2",
    )
    alembic = Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS))
    alembic.must("upgrade", "2.0.0")
    replicate(database, {"mysql": Progress(("mysql-bin.000002", 300), tables=ALL)})
    alembic.must("downgrade", "1.7")
    assert read_back(database)["second"]["resume"] == ("mysql-bin.000002", 300)
    found = query(
        database,
        "SELECT b_started, b_processed, b_replayed, i_replayed FROM sch_chameleon.t_replica_batch"
        " WHERE i_id_source = 2 ORDER BY i_binlog_position",
    )
    assert found == [(False, False, False, 7)]
    assert query(database, "SELECT count(*) FROM sch_chameleon.t_log_replica") == [(0,)]


def test_a_disabled_table_is_named(database: URL, alembic: Alembic) -> None:
    """2.0 has missed events of it, so 1.8.2 must not go on with it unseen."""
    tables = [NewTable("db_1", "t", enabled=False), *ALL[1:]]
    replicate(database, {"mysql": Progress(("mysql-bin.000002", 900), tables=tables)})
    said = alembic.must("downgrade", "1.7")
    assert "a table that 2.0 has disabled is not registered in 1.7: db_1.t (mysql)" in said
    assert set(read_back(database)["first"]["tables"]) == {"u"}


def test_there_and_back_again(database: URL, alembic: Alembic) -> None:
    """Each time, the next goes on from where the last one stopped."""
    for offset in (600, 800):
        replicate(
            database, {"mysql": Progress(("mysql-bin.000002", offset), tables=[*ALL, NewTable("db_3", "v")])}
        )
        alembic.must("downgrade", "1.7")
        assert {source["resume"] for source in read_back(database).values()} == {("mysql-bin.000002", offset)}
        execute(database, "DROP SCHEMA _sch_chameleon_version2 CASCADE")
        alembic.must("upgrade", "2.0.0")
        assert query(
            database, "SELECT DISTINCT t_binlog_name, i_binlog_position FROM sch_chameleon.t_replica_tables"
        ) == [("mysql-bin.000002", offset + 1)]
        assert query(
            database,
            "SELECT t_binlog_name, i_binlog_position FROM sch_chameleon.t_replica_batch WHERE NOT b_processed",
        ) == [("mysql-bin.000002", offset)]


@pytest.mark.slow
def test_an_error_after_some_statement_leaves_wholly_2_0(server: URL, tmp_path: Path) -> None:
    """Whichever statement of the downgrade fails, 2.0.0 is live and whole with its progress, and a second run completes."""
    made = {"mysql": Progress(("mysql-bin.000002", 300), tables=[*ALL, NewTable("db_3", "v")])}
    with fresh_database(server) as ready:
        there(ready, tmp_path, SOURCES, MAPPINGS)
        replicate(ready, made)
        before = without_sequences(snapshot(ready))
        number, seen = 0, None
        while seen is None or seen.failed:
            with fresh_database(server, ready.database) as database:
                alembic = Alembic(write_config(tmp_path / "copy.yml", database, MAPPINGS))
                with fail_after(number, starting="LOCK TABLE") as seen:
                    result = alembic("downgrade", "1.7")
                assert result.succeeded == (seen.failed is None), result.output
                if seen.failed:
                    assert "FAILED" in result.output
                    assert without_sequences(snapshot(database)) == before, seen.failed
                    alembic.must("downgrade", "1.7")
                assert read_back(database) == carried_back(SOURCES, MAPPINGS, made)
                assert alembic.current() == "1.7"
            number += APART
    assert number > APART


def without_sequences(found: dict[str, Any]) -> dict[str, Any]:
    """PostgreSQL does not give back the numbers that an undone INSERT has taken."""
    rows = {name: values for name, values in found["rows"].items() if not name.endswith("_seq")}
    return {**found, "rows": rows}

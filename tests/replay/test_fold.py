"""Folded or in order, a batch has the same result: rows, counters, what is left, errors, disabled tables, status."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from benchmarks.loads import Load, table
from chameleon_migrations.database.sql_files import sql
from devtools.batches import SCHEMA, Event, ddl, quoted, replica
from devtools.replay_sides import FUNCTION, Side, side
from devtools.server import execute, fresh_database

COLUMNS = {
    "plain": "id integer, v varchar(5), n numeric(6,2), c char(3), b bit(3), t timestamp, j jsonb, y bytea",
    "unique": 'id integer, "k,2" text, u integer UNIQUE, d date NOT NULL',
    "watched": "id bigint, v text",
}
KEYS = {"plain": ["id"], "unique": ["id", "k,2"], "watched": ["id"]}

NUMBERS = st.integers(1, 4)
VALUES = {
    "v": st.sampled_from(["a", "abcde", "abc  ", "abcde   ", "toolong", None, "NULL", "é'\\"]),
    "n": st.sampled_from(["1", "1.005", "9999.99", "99999", "NaN", "x", None]),
    "c": st.sampled_from(["a", "abc", "abcd", "", None]),
    "b": st.sampled_from(["101", "1", None]),
    "t": st.sampled_from(["2026-01-01 00:00:00", "infinity", "0000-00-00", None]),
    "j": st.sampled_from(['{"a": [1, null]}', '"text"', "{", None]),
    "y": st.sampled_from(["\\x00ff", "plain", None]),
    "k,2": st.sampled_from(["x", "X", "x "]),
    "u": NUMBERS | st.none(),
    "d": st.sampled_from(["2026-01-01", "2026-01-01", "2026-01-01", None]),
}
SOUND = {
    "v": "abc",
    "n": "1.25",
    "c": "a",
    "b": "101",
    "t": "infinity",
    "j": "[1]",
    "y": "\\x00",
    "d": "2026-01-01",
}


@st.composite
def images(draw: st.DrawFn, table: str) -> dict[str, Any]:
    """Draw a row of `table`, most of its values such as the column takes, and sometimes not all of the columns."""
    image: dict[str, Any] = {"id": draw(NUMBERS)}
    for name in re.findall(
        r'"?(\w+(?:,\d)?)"? (?:varchar|numeric|char|bit|timestamp|jsonb|bytea|text|integer|date)',
        COLUMNS[table],
    ):
        if name == "id" or draw(st.integers(0, 60)) == 0:
            continue
        odd = name not in SOUND or draw(st.integers(0, 40)) == 0
        image[name] = draw(VALUES[name]) if odd else SOUND[name]
    return image


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    """Draw a batch: changes of rows that are there, one in `faults` of rows that are not, and DDL in between."""
    rows: dict[str, dict[tuple[Any, ...], dict[str, Any]]] = {table: {} for table in COLUMNS}
    faults = draw(st.sampled_from([6, 200]))
    events = []
    for number in range(draw(st.integers(4, 40))):
        table = draw(st.sampled_from(["plain", "plain", "unique", "watched"]))
        if draw(st.integers(0, 40)) == 0:
            events.append(ddl(table, f"ALTER TABLE {quoted(table)} ADD COLUMN c{number} integer"))
            continue
        events.append(draw(_change(table, rows[table], faults)))
    return events


@st.composite
def _change(draw: st.DrawFn, table: str, rows: dict[tuple[Any, ...], dict[str, Any]], faults: int) -> Event:
    image = draw(images(table))
    key = tuple(image.get(name) for name in KEYS[table])
    broken = draw(st.integers(0, faults)) == 0
    if (not rows or key not in rows) and not broken:
        rows[key] = image
        return Event(table, "insert", image)
    deletes: bool = draw(st.booleans())
    if rows and deletes:
        gone = draw(st.sampled_from(list(rows)))
        return Event(table, "delete", rows.pop(gone))
    if rows and not broken:
        old = draw(st.sampled_from([key, key, *rows])) if key in rows else draw(st.sampled_from(list(rows)))
        before = rows.pop(old)
        if key in rows:
            image = {**image, **{name: before.get(name) for name in KEYS[table]}}
            key = old
        rows[key] = image
        return Event(table, "update", image, before)
    return Event(table, draw(st.sampled_from(["insert", "update", "delete"])), image, image)


@pytest.fixture(scope="module")
def pair(server: URL) -> Iterator[tuple[URL, URL]]:
    """Two databases with the same catalogue: one folds from two events on, the other never."""
    with fresh_database(server) as folding, fresh_database(server) as ordered:
        for url, fold_from in ((folding, 2), (ordered, 2**31 - 1)):
            with replica(url, "2.0.0") as made:
                function = sql("common/fn_replay_mysql.sql")
                changed = re.sub(
                    r"((?:look|fold)_from\s+CONSTANT integer :=) \d+", rf"\g<1> {fold_from}", function
                )
                assert changed != function
                made.run(changed)
                made.run(
                    f"CREATE FUNCTION {quoted(SCHEMA)}.shout() RETURNS trigger LANGUAGE plpgsql AS"
                    " 'BEGIN NEW.v := upper(NEW.v); RETURN NEW; END'"
                )
        yield folding, ordered


def outcome(url: URL, batches: list[list[Event]], max_events: int, *, stop: bool) -> dict[str, Any]:
    """Replay `batches` on empty tables, and return all that can be seen of it."""
    with replica(url, "2.0.0", install=False) as made:
        made.run(
            "TRUNCATE sch_chameleon.t_replica_batch, sch_chameleon.t_replica_tables, sch_chameleon.t_error_log"
            " RESTART IDENTITY CASCADE"
        )
        made.run("ALTER SEQUENCE sch_chameleon.t_log_replica_i_id_event_seq RESTART")
        for table, columns in COLUMNS.items():
            made.run(f"DROP TABLE IF EXISTS {quoted(SCHEMA)}.{quoted(table)}")
            made.create(table, columns, *KEYS[table])
        made.run(
            f"CREATE TRIGGER shout BEFORE INSERT OR UPDATE ON {quoted(SCHEMA)}.watched"
            f" FOR EACH ROW EXECUTE PROCEDURE {quoted(SCHEMA)}.shout()"
        )
        numbers = [made.batch(*events) for events in batches]
        statuses = [made.replay(max_events, exit_on_error=stop)]
        while statuses[-1][0]:
            statuses.append(made.replay(max_events, exit_on_error=stop))
        return {
            "statuses": statuses,
            "rows": {
                table: made.query(f"SELECT t::text FROM {quoted(SCHEMA)}.{quoted(table)} t ORDER BY 1")
                for table in COLUMNS
            },
            "counters": [made.counters(number) for number in numbers],
            "left": [made.left(number) for number in numbers],
            "errors": made.query(
                "SELECT i_id_batch, v_table_name, t_table_pkey, i_binlog_position, t_sql, t_error_message"
                " FROM sch_chameleon.t_error_log ORDER BY i_id_log"
            ),
            "enabled": made.query(
                "SELECT v_table_name, b_replica_enabled FROM sch_chameleon.t_replica_tables ORDER BY 1"
            ),
            "time": made.query("SELECT ts_last_replayed FROM sch_chameleon.t_last_replayed"),
        }


def compare(pair: tuple[URL, URL], batches: list[list[Event]], max_events: int, *, stop: bool) -> None:
    folding, ordered = (outcome(url, batches, max_events, stop=stop) for url in pair)
    assert folding == ordered


BATCHES = st.lists(logs(), min_size=1, max_size=2)
QUICK = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@QUICK
@given(batches=BATCHES, max_events=st.sampled_from([3, 1000]), stop=st.booleans())
def test_a_fold_comes_to_what_the_events_in_order_come_to(
    pair: tuple[URL, URL], batches: list[list[Event]], max_events: int, stop: bool
) -> None:
    """Types, keys, unique values, missing columns, triggers, DDL, and events that fail."""
    compare(pair, batches, max_events, stop=stop)


@pytest.mark.slow
@settings(QUICK, max_examples=300)
@given(batches=BATCHES, max_events=st.sampled_from([3, 1000]), stop=st.booleans())
def test_many_folds_come_to_what_the_events_in_order_come_to(
    pair: tuple[URL, URL], batches: list[list[Event]], max_events: int, stop: bool
) -> None:
    """The same, for longer."""
    compare(pair, batches, max_events, stop=stop)


def large_fold(server: URL, workers: int) -> tuple[Any, int | None]:
    """Fold many events at once; return the rows, and how many parallel workers there were, which PostgreSQL counts from 18 on."""
    with fresh_database(server) as url, side(url, Side, FUNCTION) as made:
        Load("mixed", 25_000, batch=25_000).fill(made)
        made.run(f"SET max_parallel_workers_per_gather = {workers}; SET parallel_setup_cost = 0")
        made.run("SET parallel_tuple_cost = 0")
        made.replay(25_000)
        made.connection.commit()
        [[counts]] = made.query("SELECT to_regproc('pg_stat_get_db_parallel_workers_launched') IS NOT NULL")
        launched = None
        if counts:
            made.query("SELECT pg_stat_force_next_flush()")
            made.connection.commit()
            [[launched]] = made.query(
                "SELECT parallel_workers_launched FROM pg_stat_database WHERE datname = current_database()"
            )
        return made.query(f"SELECT t::text FROM {table(0)} AS t ORDER BY 1"), launched


def test_parallel_workers_share_a_large_fold(server: URL) -> None:
    """That is what makes it quick on more than one core; without any, the result is the same."""
    (alone, nobody), (shared, launched) = (large_fold(server, workers) for workers in (0, 2))
    assert alone == shared
    assert nobody in (0, None)
    if launched is None:
        pytest.skip("PostgreSQL counts parallel workers from 18 on")
    assert launched > 0


def test_a_role_that_may_not_make_temporary_tables_folds_as_well(server: URL) -> None:
    """What parallel workers need is done without: there are fewer changes than events."""
    with fresh_database(server) as url:
        execute(server, f'REVOKE TEMPORARY ON DATABASE "{url.database}" FROM public, {url.username}')
        with side(url, Side, FUNCTION) as made:
            Load("mixed", 25_000, batch=25_000).fill(made)
            made.replay(25_000)
            [[changes]] = made.query(
                "SELECT n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables WHERE relname = 't_0'"
            )
            assert 0 < changes < 25_000

"""Generated logs end as with pg_chameleon's own functions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devtools.batches import Event
from devtools.replay_sides import Batch, Log, Side
from tests.support.differential.expected import expected, expected_before_upgrade
from tests.support.differential.logs import logs
from tests.support.differential.schemas import FOLDABLE, TYPES, Type

_QUICK = settings(max_examples=12, deadline=None, derandomize=True, database=None)
_LONG = settings(max_examples=400, deadline=None, derandomize=False, print_blob=True)

_chunks = st.sampled_from([10_000, 10_000, 12, 5])
"""How many events a call takes: more than a source has tables."""


def _compare(sides: dict[str, Side], name: str, log: Log, max_events: int, *, stop: bool) -> None:
    outcome = sides[name].outcome(log, max_events, stop=stop)
    assert outcome == expected(sides["oracle"], log, max_events, stop=stop)


def _compare_before_upgrade(sides: dict[str, Side], log: Log) -> None:
    outcome = sides["old_ours"].outcome(log)
    assert outcome == expected_before_upgrade(sides["old_oracle"], sides["oracle"], log)


@pytest.mark.parametrize("side", ["eager", "staged", "old_ours"])
@pytest.mark.parametrize("kind", FOLDABLE, ids=[kind.declared for kind in FOLDABLE])
def test_two_events_of_a_row_are_folded_to_one_change(sides: dict[str, Side], kind: Type, side: str) -> None:
    """Columns of any of these types are no reason to apply the events in order; the other tests would not notice."""
    events = [
        Event("t", "insert", {"id": 1, "v": kind.sound[0]}),
        Event("t", "update", {"id": 1, "v": kind.sound[1]}, {"id": 1}),
    ]
    changes = (
        "CREATE VIEW changes AS SELECT n_tup_ins, n_tup_upd FROM pg_stat_xact_user_tables WHERE relname = 't'"
    )
    setup = [*TYPES, f"CREATE TABLE t (id integer PRIMARY KEY, v {kind.declared})", changes]
    outcome = sides[side].outcome(Log(setup, {1: {"t": ["id"]}}, [Batch(1, events)], ["changes"]))
    assert outcome.tables["changes"][1] == [("(1,0)",)]
    assert outcome.counters == [(True, 2, 0, 0)]


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        *(("integer", kind) for kind in FOLDABLE if not kind.declared.startswith("json")),
        *(
            (key, FOLDABLE[0])
            for key in ("bigint", "varchar(9)", "char(9)", "text", "date", "uuid", "timestamp")
        ),
    ],
)
def test_the_states_of_tables_are_read_in_one_pass(sides: dict[str, Side], key: str, kind: Type) -> None:
    """Columns and keys of any of these types are no reason to read table by table: a temporary table is made."""
    value = {"date": "2026-01-01", "timestamp": "2026-01-01 00:00:00", "uuid": f"{1:032}"}.get(key, "1")
    rows = [{"id": value, "k": 1, "v": sound} for sound in kind.sound[:2]]
    events = [Event(table, "insert", rows[0]) for table in ("t", "s")]
    events += [Event(table, "update", rows[1], rows[0]) for table in ("t", "s")]
    setup = [
        *TYPES,
        f"CREATE TABLE t (id {key} PRIMARY KEY, k integer, v {kind.declared})",
        f"CREATE TABLE s (id {key}, k integer, v {kind.declared}, PRIMARY KEY (id, k))",
        "CREATE VIEW made AS SELECT pg_my_temp_schema() <> 0",
    ]
    log = Log(setup, {1: {"t": ["id"], "s": ["id", "k"]}}, [Batch(1, events)], ["made"])
    eager, staged = (sides[side].outcome(log) for side in ("eager", "staged"))
    assert [outcome.tables["made"][1] for outcome in (eager, staged)] == [[("(f)",)], [("(t)",)]]
    assert {table: staged.tables[table] for table in "ts"} == {table: eager.tables[table] for table in "ts"}


@_QUICK
@given(log=logs(), max_events=_chunks, stop=st.booleans(), name=st.sampled_from(["eager", "staged"]))
def test_a_log_ends_as_with_2_0_21(
    sides: dict[str, Side], log: Log, max_events: int, stop: bool, name: str
) -> None:
    """Rows, counters, what is left, errors, disabled tables and the status are those of the order of events."""
    _compare(sides, name, log, max_events, stop=stop)


@_QUICK
@given(log=logs(odd_keys=False))
def test_a_log_ends_as_with_1_8_2(sides: dict[str, Side], log: Log) -> None:
    """The pending events before an upgrade give the same rows and counters, up to the first batch in error."""
    _compare_before_upgrade(sides, log)


@pytest.mark.slow
@_LONG
@given(
    log=logs(),
    max_events=_chunks,
    stop=st.booleans(),
    name=st.sampled_from(["eager", "eager", "staged", "staged", "ours"]),
)
def test_many_logs_end_as_with_2_0_21(
    sides: dict[str, Side], log: Log, max_events: int, stop: bool, name: str
) -> None:
    """The same for many logs, also by the installed function, which applies such short ones in order."""
    _compare(sides, name, log, max_events, stop=stop)


@pytest.mark.slow
@settings(_LONG, max_examples=100)
@given(log=logs(odd_keys=False))
def test_many_logs_end_as_with_1_8_2(sides: dict[str, Side], log: Log) -> None:
    """The same for many logs."""
    _compare_before_upgrade(sides, log)

"""Generated logs end as with pg_chameleon's own functions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.differential.expected import expected, expected_before_upgrade
from tests.differential.logs import logs
from tests.differential.sides import Log, Side

_QUICK = settings(max_examples=25, deadline=None, derandomize=True, database=None)
_LONG = settings(max_examples=400, deadline=None, derandomize=False, print_blob=True)

_chunks = st.sampled_from([10_000, 10_000, 12, 5])
"""How many events a call takes: more than a source has tables."""


def _compare(sides: dict[str, Side], name: str, log: Log, max_events: int, *, stop: bool) -> None:
    outcome = sides[name].outcome(log, max_events, stop=stop)
    assert outcome == expected(sides["oracle"], log, max_events, stop=stop)


def _compare_before_upgrade(sides: dict[str, Side], log: Log) -> None:
    outcome = sides["old_ours"].outcome(log)
    assert outcome == expected_before_upgrade(sides["old_oracle"], sides["oracle"], log)


@_QUICK
@given(log=logs(), max_events=_chunks, stop=st.booleans())
def test_a_log_ends_as_with_2_0_21(sides: dict[str, Side], log: Log, max_events: int, stop: bool) -> None:
    """Rows, counters, what is left, errors, disabled tables and the status are those of the order of events."""
    _compare(sides, "eager", log, max_events, stop=stop)


@_QUICK
@given(log=logs(odd_keys=False))
def test_a_log_ends_as_with_1_8_2(sides: dict[str, Side], log: Log) -> None:
    """What is pending before an upgrade comes to the same rows and counters, up to the first batch in error."""
    _compare_before_upgrade(sides, log)


@pytest.mark.slow
@_LONG
@given(log=logs(), max_events=_chunks, stop=st.booleans(), name=st.sampled_from(["eager", "eager", "ours"]))
def test_many_logs_end_as_with_2_0_21(
    sides: dict[str, Side], log: Log, max_events: int, stop: bool, name: str
) -> None:
    """The same for many logs, also by the function as it is installed, which applies such short ones in order."""
    _compare(sides, name, log, max_events, stop=stop)


@pytest.mark.slow
@_LONG
@given(log=logs(odd_keys=False))
def test_many_logs_end_as_with_1_8_2(sides: dict[str, Side], log: Log) -> None:
    """The same for many logs."""
    _compare_before_upgrade(sides, log)

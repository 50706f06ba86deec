"""What our replay is to leave: what the oracle's leaves, but for what ours deliberately does better."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.batches import Event
from tests.differential.sides import Failure, Log, Outcome, Side

_STRANGER = Event("no table of the replica", "delete")


def expected(oracle: Side, log: Log, max_events: int = 10_000, *, stop: bool = True) -> Outcome:
    """Return the outcome of `log` that ours is to have, found by running it through `oracle`.

    Where nothing is in error, it differs from the oracle's in this: pg_chameleon forgets the events that it skips in
    a call in which it applies others; ours counts them.
    """
    outcome = oracle.outcome(log, max_events, stop=stop)
    if outcome.errors:
        outcome = _stopped(log, outcome) if stop else _disabled(oracle, log, outcome)
    replayed, row_events, ddl_events, _ = outcome.counters
    if not replayed:
        return outcome
    return outcome._replace(
        counters=(True, row_events, ddl_events, len(log.events) - row_events - ddl_events)
    )


def _stopped(log: Log, outcome: Outcome) -> Outcome:
    """Account for what was applied before the error, which pg_chameleon would apply again in its next call."""
    [failure] = outcome.errors
    done, waiting = log.events[: failure.event], list(range(failure.event, len(log.events)))
    return outcome._replace(
        counters=(False, *_counted(log, done)),
        left=(waiting, waiting),
        time=len(done) - 1 if done and done[-1].kind != "ddl" else None,
    )


def _counted(log: Log, events: Sequence[Event]) -> tuple[int, int, int]:
    """Return how many of `events` are row events and DDL of registered tables, and how many others."""
    ddl = [event.kind == "ddl" for event in events if event.table in log.keys]
    return ddl.count(False), ddl.count(True), len(events) - len(ddl)


def _disabled(oracle: Side, log: Log, outcome: Outcome) -> Outcome:
    """Leave a table alone from its error on; pg_chameleon goes on with its events of the same call.

    The oracle is run again without them, until that brings up no other error.
    """
    failures: dict[str, Failure] = {}
    while failures != (found := {failure.table: failure for failure in outcome.errors}):
        failures = found
        events = [
            _STRANGER if event.table in found and index > found[event.table].event else event
            for index, event in enumerate(log.events)
        ]
        outcome = oracle.outcome(replace(log, events=events), stop=False)
    return outcome

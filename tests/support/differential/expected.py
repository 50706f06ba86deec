"""What our replay is to leave: what the oracle's leaves, but for what ours deliberately does better."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from devtools.batches import Event
from devtools.replay_sides import Batch, Failure, Log, Outcome, Side

_STRANGER = "no table of the replica"


def idle(source: int) -> str:
    """Return the name of a registered table `(id)` that chunks without another event of the replica need."""
    return f"idle {source}"


def expected(oracle: Side, log: Log, max_events: int = 10_000, *, stop: bool = True) -> Outcome:
    """Return the outcome of `log` that ours is to have, found by running it through `oracle`.

    Ours differs from the oracle's in this:
      * pg_chameleon forgets the events that it skips in a call in which it applies others; ours counts them.
      * pg_chameleon throws away what is left of a batch after a call that had nothing to apply.
      * pg_chameleon goes on with the events of a table in error to the end of the call; ours leaves it alone.
      * pg_chameleon applies what it applied before it stopped at an error again in its next call; ours accounts for it.
    """
    failures: list[Failure] = []
    while True:
        spared = _spared(log, failures, max_events, stop=stop)
        outcome = oracle.outcome(spared, max_events, stop=stop)
        if outcome.errors == failures:
            break
        failures = outcome.errors
    outcome = _all_counted(log, spared, outcome)
    for failure in failures if stop else ():
        outcome = _stopped(log, outcome, failure, max_events)
    return outcome


def expected_before_upgrade(old: Side, oracle: Side, log: Log) -> Outcome:
    """Return the outcome of `log` that the replay before an upgrade is to have, found by running it through `old`.

    Pending batches are replayed up to the first in error, which is undone. 1.8.2 does not say which event that is;
    `oracle` is asked for it.
    """
    outcome = old.outcome(log)
    errors = oracle.outcome(log).errors
    first = sorted(errors, key=lambda failure: (log.turn(failure.batch), failure.event))[:1]
    return _all_counted(log, log, outcome)._replace(errors=first)


def _spared(log: Log, failures: Sequence[Failure], max_events: int, *, stop: bool) -> Log:
    """Return `log` without what pg_chameleon would apply after an error, and with something to do in each call."""
    failed = {failure.table: failure[:2] for failure in failures}
    batches = []
    for number, batch in enumerate(log.batches):
        events = list(batch.events)
        for start in range(0, len(events), max_events):
            chunk = range(start, min(start + max_events, len(events)))
            skipped = [
                index
                for index in chunk
                if events[index].table not in log.keys[batch.source]
                or (number, index) > failed.get(events[index].table, (number, index))
            ]
            for index in skipped if not stop else ():
                if (number, start) <= failed.get(events[index].table, (-1, -1)):
                    events[index] = events[index]._replace(table=_STRANGER)
            if len(skipped) + _failing(failures, number, chunk) == len(chunk) and chunk[-1] + 1 < len(events):
                events[skipped[0]] = Event(idle(batch.source), "delete", {"id": 0})
        batches.append(Batch(batch.source, events))
    return replace(log, batches=batches)


def _failing(failures: Sequence[Failure], batch: int, chunk: range) -> int:
    return sum(failure.batch == batch and failure.event in chunk for failure in failures)


def _all_counted(log: Log, spared: Log, outcome: Outcome) -> Outcome:
    """Count all events of a replayed batch, and not those that only `spared` has."""
    counters = []
    for batch, ran, (replayed, rows, ddl, skipped) in zip(
        log.batches, spared.batches, outcome.counters, strict=True
    ):
        applied = rows - sum(event.table == idle(ran.source) for event in ran.events)
        counters.append(
            (True, applied, ddl, len(batch.events) - applied - ddl)
            if replayed
            else (False, rows, ddl, skipped)
        )
    return outcome._replace(counters=counters)


def _stopped(log: Log, outcome: Outcome, failure: Failure, max_events: int) -> Outcome:
    """Account for what was applied before the error."""
    batch = log.batches[failure.batch]
    done, waiting = batch.events[: failure.event], list(range(failure.event, len(batch.events)))
    outcome.counters[failure.batch] = (False, *_counted(log.keys[batch.source], done))
    outcome.left[failure.batch] = (waiting, waiting)
    if failure.event % max_events and done[-1].kind != "ddl":
        outcome.times[batch.source - 1] = failure.event - 1
    return outcome


def _counted(tables: Mapping[str, Sequence[str]], events: Sequence[Event]) -> tuple[int, int, int]:
    """Return how many of `events` are row events and DDL of `tables`, and how many others."""
    ddl = [event.kind == "ddl" for event in events if event.table in tables]
    return ddl.count(False), ddl.count(True), len(events) - len(ddl)

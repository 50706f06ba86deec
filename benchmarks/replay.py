"""How long the replay of the same pending events takes, with pg_chameleon's function and with ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import URL

from benchmarks import floor
from benchmarks.loads import BATCH, Load, table
from chameleon_migrations import replay
from devtools.batches import Replica, replica
from devtools.replay_sides import FUNCTION, OldSide, Side, side
from devtools.server import fresh_database


@dataclass(frozen=True)
class Contest:
    """Two ways to replay what is pending in a catalogue.

    Attributes:
        name: pg_chameleon's function.
        kind: The catalogue as pg_chameleon's package installs it.
        prepare: What is done to the catalogue for our replay, before its time is taken.
        ours: Our replay of all that is pending.
    """

    name: str
    kind: type[Side]
    prepare: Callable[[Replica], object]
    ours: Callable[[Replica], object]


def _theirs(catalogue: Replica) -> None:
    catalogue.replay_all(BATCH)


CONTESTS = {
    "upgrade": Contest(
        "fn_process_batch",
        OldSide,
        lambda _: None,
        lambda catalogue: replay.replay_pending(catalogue.connection),
    ),
    "daily": Contest("fn_replay_mysql", Side, lambda catalogue: catalogue.run(FUNCTION), _theirs),
}
"""The replay before the upgrade from 1.7, and that of the installed 2.0 catalogue."""


@dataclass(frozen=True)
class Times:
    """The seconds that each run took."""

    theirs: list[float]
    ours: list[float]
    floor: list[float]

    @property
    def ratio(self) -> float:
        """How many times as fast ours is, of the medians."""
        return median(self.theirs) / median(self.ours)


class UnequalError(AssertionError):
    """The two sides have different results."""


def measure(server: URL, contest: Contest, load: Load, runs: int, *, by_hand: bool = False) -> Times:
    """Replay `load` with both sides in turn, `runs` times, each time in a copy of the same database.

    Where it is `by_hand`, the statement written by hand comes third.

    Raises:
        UnequalError: The rows, the batches' counters or what is left in the log differ.
    """
    times = Times([], [], [])
    with _template(server, contest, load) as template:
        for _ in range(runs):
            with _copy(server, template, contest) as catalogue:
                times.theirs.append(_seconds(lambda: _theirs(catalogue)))
                theirs = _outcome(catalogue, load)
            with _copy(server, template, contest) as catalogue:
                contest.prepare(catalogue)
                times.ours.append(_seconds(lambda: contest.ours(catalogue)))
                ours, skipped = _outcome(catalogue, load), _skipped(catalogue)
            if theirs != ours:
                raise UnequalError(f"{contest.name}, {load}: {theirs} and {ours}")
            if by_hand:
                with _copy(server, template, contest) as catalogue:
                    times.floor.append(_seconds(lambda: floor.apply(catalogue, load)))
                    if (_outcome(catalogue, load), _skipped(catalogue)) != (ours, skipped):
                        raise UnequalError(f"{contest.name}, {load}: the statement written by hand")
    return times


@contextmanager
def _template(server: URL, contest: Contest, load: Load) -> Iterator[str]:
    with fresh_database(server) as url:
        with side(url, contest.kind) as catalogue:
            load.fill(catalogue)
            catalogue.connection.commit()
        yield str(url.database)


@contextmanager
def _copy(server: URL, template: str, contest: Contest) -> Iterator[Replica]:
    with (
        fresh_database(server, template) as url,
        replica(url, contest.kind.version, install=False) as catalogue,
    ):
        yield catalogue


def _seconds(apply: Callable[[], object]) -> float:
    start = time.perf_counter()
    apply()
    return time.perf_counter() - start


def _outcome(catalogue: Replica, load: Load) -> list[Any]:
    """Return a digest of each table's rows, the batches' counters, and the number of events left."""
    return [
        [
            catalogue.query(
                f"SELECT count(*), sum(('x' || left(md5(t::text), 15))::bit(60)::bigint) FROM {table(number)} AS t"
            )
            for number in range(load.tables)
        ],
        catalogue.query(
            "SELECT i_id_batch, b_replayed, i_replayed, coalesce(i_ddl, 0)"
            " FROM sch_chameleon.t_replica_batch ORDER BY 1"
        ),
        catalogue.query("SELECT count(*) FROM sch_chameleon.t_log_replica"),
        catalogue.query("SELECT count(*) FROM sch_chameleon.t_batch_events"),
    ]


def _skipped(catalogue: Replica) -> list[Any]:
    """Return how many events of each batch were skipped; 1.8.2 does not count one that shares a call with DDL."""
    return catalogue.query(
        "SELECT i_id_batch, coalesce(i_skipped, 0) FROM sch_chameleon.t_replica_batch ORDER BY 1"
    )

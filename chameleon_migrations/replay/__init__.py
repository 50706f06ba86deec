"""The replay of what pg_chameleon has read and not yet applied, before its catalogue is upgraded or taken back.

A temporary function applies them. It has the pieces of our ``fn_replay_mysql`` that fold and apply events; temporary views
present the catalogue, and several batches as one, to these in the shape of 2.0.0. A catalogue of 2.0.0 gets it too: the
function that is installed there may be pg_chameleon's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import execute
from chameleon_migrations.errors import UserError, one_line, sqlstate

_RAISED = "P0001"
"""The SQLSTATE of an error that ``replay_batches`` has worded itself."""

_TOGETHER = 250_000
"""How many events are replayed together at most: they are undone together, too, and sorted in files as large."""

_PENDING = text("""
SELECT src.i_id_source, src.t_source, bat.i_id_batch, cardinality(ids.i_id_event)
FROM sch_chameleon.t_replica_batch bat
JOIN sch_chameleon.t_batch_events ids USING (i_id_batch)
JOIN sch_chameleon.t_sources src USING (i_id_source)
WHERE bat.b_started AND bat.b_processed AND NOT bat.b_replayed
ORDER BY bat.ts_created, bat.i_id_batch""")


class Pending(NamedTuple):
    """A pending batch: its source, its ``i_id_batch``, and how many events are still to be applied."""

    source_id: int
    source: str
    batch: int
    events: int


class Replayed(NamedTuple):
    """How many events of a batch, or of a part of it, were row events, DDL, and events of tables that are not registered."""

    replayed: int
    ddl: int
    skipped: int


class _Taken(NamedTuple):
    """What one call did with a batch, and how many events it left there for the next."""

    done: Replayed
    left: int


@dataclass(frozen=True)
class Way:
    """How the pending row events of a table are replayed: folded where `reason` is None, else in order because of it."""

    source: str
    schema: str
    table: str
    events: int
    reason: str | None


def statements(version: str = "1.7") -> list[str]:
    """Return the SQL texts that set up the replay for a session, each to be run unchanged, in this order.

    They make the function ``pg_temp.replay_batches(source bigint, together bigint)``, and can be run again in the same
    session, for another version, too.

    Args:
        version: The live catalogue's, ``1.7`` or ``2.0.0``.
    """
    return [
        sql("replay/as_2_0.sql"),
        sql(f"replay/from_{version[:3].replace('.', '_')}.sql"),
        sql("replay/replay_batches.sql", catalogue="pg_temp.as_2_0_"),
    ]


def install(connection: Connection, version: str = "1.7") -> None:
    """Set up the replay of a catalogue of `version` for the session of `connection`. The catalogue is not touched."""
    for statement in statements(version):
        execute(connection, statement)


def pending(connection: Connection) -> list[Pending]:
    """Return the pending batches of all sources, the oldest first."""
    return [Pending(*row) for row in connection.execute(_PENDING)]


def ways(connection: Connection, version: str = "1.7") -> list[Way]:
    """Return how the events of each table with pending events are replayed, as far as known now.

    A fold that turns out not to have the outcome of the order is given up for the order while it is replayed.
    """
    for statement in [*statements(version)[:2], sql("replay/replay_ways.sql", catalogue="pg_temp.as_2_0_")]:
        execute(connection, statement)
    rows = connection.execute(
        text("SELECT source, schema_name, table_name, events, reason FROM pg_temp.replay_ways()")
    )
    return [Way(*row) for row in rows]


def replay_pending(
    connection: Connection,
    on_batch: Callable[[Pending, Replayed], None] = lambda *_: None,
    version: str = "1.7",
) -> None:
    """Replay all pending batches of a catalogue of `version`, and call `on_batch` after each, in its transaction.

    The sources come one after the other, of each the oldest batch first. Batches are taken together, up to `_TOGETHER`
    events; where many have to be applied in order, a part of a batch is taken, and `on_batch` is called after each part.
    Where `connection` is in autocommit, as it should be, what is taken together is one transaction.

    Args:
        connection: To the database.
        on_batch: Gets the batch, whose `events` are those that were taken, and what came of them.
        version: The live catalogue's, ``1.7`` or ``2.0.0``.

    Raises:
        UserError: An event was refused by PostgreSQL. What was taken together with it is undone; what was taken before stays.
    """
    install(connection, version)
    by_source: dict[int, dict[int, Pending]] = {}
    for batch in pending(connection):
        by_source.setdefault(batch.source_id, {})[batch.batch] = batch
    for waiting in by_source.values():
        while waiting:
            oldest = next(iter(waiting.values()))
            with _transaction(connection):
                taken = _replay(connection, oldest)
                for number, (replayed, left) in taken.items():
                    if number in waiting:
                        batch = waiting[number]
                        on_batch(batch._replace(events=batch.events - left), replayed)
                        waiting[number] = batch._replace(events=left)
                        if not left:
                            del waiting[number]
            # Another session has replayed them meanwhile; the checks under the locks find that.
            if oldest.batch not in taken:
                break


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """Do what is inside in one transaction: alembic's autocommit is the driver's, in which SQLAlchemy begins none."""
    if not cast("Any", connection.connection.dbapi_connection).autocommit:
        yield
        return
    execute(connection, "BEGIN")
    try:
        yield
    except BaseException:
        if not connection.invalidated:
            execute(connection, "ROLLBACK")
        raise
    execute(connection, "COMMIT")


def _replay(connection: Connection, oldest: Pending) -> dict[int, _Taken]:
    """Return what came of the batches that were taken, the oldest of a source first, by ``i_id_batch``."""
    query = text(
        "SELECT batch, remaining, replayed, ddl, skipped FROM pg_temp.replay_batches(:source, :together)"
    )
    try:
        rows = connection.execute(query, {"source": oldest.source_id, "together": _TOGETHER})
        return {batch: _Taken(Replayed(*counts), left) for batch, left, *counts in rows}
    except DBAPIError as error:
        raise UserError(
            f"the replay of the pending batches stopped at {_cause(error, oldest)}; this transaction is "
            "undone, the earlier ones stay applied: correct the cause, or take the event out of its batch as "
            "docs/errors.md#an-event-that-cannot-be-applied shows, then run again"
        ) from error


def _cause(error: DBAPIError, batch: Pending) -> str:
    if sqlstate(error) == _RAISED:
        return one_line(error, with_state=False)
    return f"source {batch.source}, batch {batch.batch}: {one_line(error)}"


def script(version: str = "1.7") -> list[str]:
    """Return the replay of all pending batches of a catalogue of `version` as text for psql, each in a transaction of its own."""
    return [
        *(f"{statement.strip().removesuffix(';')};" for statement in statements(version)),
        _PENDING_SCRIPT.format(together=_TOGETHER),
    ]


# A call takes at least 2,000 events of a batch, or what is left of it; the last ones may find nothing to do.
_PENDING_SCRIPT = """\
SELECT format('SELECT * FROM pg_temp.replay_batches(%s, {together})', i_id_source)
FROM sch_chameleon.t_replica_batch AS batch
JOIN sch_chameleon.t_batch_events AS ids USING (i_id_batch)
CROSS JOIN generate_series(1, greatest(cardinality(ids.i_id_event), 1), 2000)
WHERE batch.b_started AND batch.b_processed AND NOT batch.b_replayed
ORDER BY min(batch.ts_created) OVER (PARTITION BY i_id_source), i_id_source
\\gexec"""

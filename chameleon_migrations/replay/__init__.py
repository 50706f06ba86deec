"""The replay of what pg_chameleon has read and not yet applied, before its catalogue is upgraded or taken back.

The events are applied by ``fn_replay_mysql`` of catalogue 2.0.0, the one text that also serves every later
version: temporary views present the 1.7 catalogue to it in the shape of 2.0.0. Where the catalogue is of 2.0.0, a temporary copy
of the function works on it, because the function that is installed there may be pg_chameleon's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from chameleon_migrations.errors import UserError, one_line, sqlstate
from chameleon_migrations.location import sql

_SQL = Path(__file__).parent

_RAISED = "P0001"
"""The SQLSTATE of an error that ``replay_batch`` has worded itself."""

_AGAIN = "DROP FUNCTION IF EXISTS pg_temp.as_2_0_fn_replay_mysql(integer, integer, boolean)"
"""What lets `statements` be run again for a catalogue of another version, whose status type is another."""

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
    """How many events of a batch were row events, DDL, and events of tables that are not registered."""

    replayed: int
    ddl: int
    skipped: int


def statements(version: str = "1.7") -> list[str]:
    """Return the SQL texts that set up the replay for a session, each to be run as it is, in this order.

    They make the function ``pg_temp.replay_batch(source bigint)``, and can be run again in the same session.

    Args:
        version: The live catalogue's, ``1.7`` or ``2.0.0``.
    """
    function = sql("2.0.0/fn_replay_mysql.sql")
    batch = (_SQL / "replay_batch.sql").read_text()
    if version == "1.7":
        views = (_SQL / "as_2_0.sql").read_text()
        return [_AGAIN, views, function.replace("sch_chameleon.", "pg_temp.as_2_0_"), batch]
    return [
        _AGAIN,
        function.replace("sch_chameleon.fn_", "pg_temp.as_2_0_fn_"),
        batch.replace("pg_temp.as_2_0_t", "sch_chameleon.t"),
    ]


def install(connection: Connection, version: str = "1.7") -> None:
    """Set up the replay of a catalogue of `version` for the session of `connection`. The catalogue is not touched."""
    for statement in statements(version):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})


def pending(connection: Connection) -> list[Pending]:
    """Return the pending batches of all sources, the oldest first."""
    return [Pending(*row) for row in connection.execute(_PENDING)]


def replay_pending(
    connection: Connection,
    on_batch: Callable[[Pending, Replayed], None] = lambda *_: None,
    version: str = "1.7",
) -> None:
    """Replay all pending batches of a catalogue of `version`, the oldest first, and call `on_batch` after each.

    Where `connection` is in autocommit, as it should be, each batch is a transaction of its own.

    Raises:
        UserError: An event was refused by PostgreSQL. Its batch is undone; the earlier ones stay.
    """
    install(connection, version)
    for batch in pending(connection):
        on_batch(batch, _replay(connection, batch))


def _replay(connection: Connection, batch: Pending) -> Replayed:
    query = text("SELECT replayed, ddl, skipped FROM pg_temp.replay_batch(:source)")
    try:
        return Replayed(*connection.execute(query, {"source": batch.source_id}).one())
    except DBAPIError as error:
        raise UserError(
            f"the replay of the pending batches stopped at {_cause(error, batch)}; that batch is undone, the "
            "earlier ones stay applied: correct the table that is in the way, then run again"
        ) from error


def _cause(error: DBAPIError, batch: Pending) -> str:
    said = one_line(error)
    if sqlstate(error) == _RAISED:
        return said.removeprefix(f"SQLSTATE {_RAISED} - ")
    return f"source {batch.source}, batch {batch.batch}: {said}"


def script(version: str = "1.7") -> list[str]:
    """Return the replay of all pending batches of a catalogue of `version` as text for psql, each in a transaction of its own."""
    return [
        *(f"{statement.strip().removesuffix(';')};" for statement in statements(version)),
        _PENDING_SCRIPT,
    ]


_PENDING_SCRIPT = """\
SELECT format('SELECT * FROM pg_temp.replay_batch(%s)', i_id_source)
FROM sch_chameleon.t_replica_batch AS batch
JOIN sch_chameleon.t_batch_events USING (i_id_batch)
WHERE batch.b_started AND batch.b_processed AND NOT batch.b_replayed
ORDER BY batch.ts_created, batch.i_id_batch
\\gexec"""

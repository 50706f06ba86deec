"""One run at a time in a database: an advisory lock on a session of its own, which dies with its process."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from chameleon_migrations.database import session
from chameleon_migrations.errors import UserError

log = logging.getLogger("alembic.chameleon_migrations")

KEY = int.from_bytes(b"chameleo", "big")
"""The advisory lock's key, which is our name's first eight bytes; advisory locks are a database's own."""

_POLL = 0.25
"""Seconds between two attempts."""

_PID = text("SELECT pg_backend_pid()")
_TRY = text("SELECT pg_try_advisory_lock(:key)")
_HOLDER = text("""
SELECT format('pid %s (%s)%s', held.pid, activity.application_name, ' since ' || activity.backend_start::timestamptz(0))
FROM pg_catalog.pg_locks AS held
JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid AND activity.datname = current_database()
WHERE held.locktype = 'advisory' AND held.granted AND held.database = activity.datid
    AND held.classid::bigint << 32 | held.objid::bigint = :key AND held.objsubid = 1""")


@contextmanager
def held(connection: Connection, wait: float) -> Iterator[Connection]:
    """Hold the run lock of the database of `connection`.

    A blocking wait for the lock would look like a hang, and one taken in the migration's own transaction
    would be lost with it: so it is polled, on a session of its own.

    Args:
        connection: Where the migration is run.
        wait: Seconds to wait for another run to end.

    Yields:
        The lock's own connection, in autocommit: what is written there stays, whatever becomes of the migration.

    Raises:
        UserError: Another run holds the lock, or a pooler gives each transaction another session.
    """
    with session.opened(connection.engine) as own:
        own.execution_options(isolation_level="AUTOCOMMIT")
        _refuse_pooled_transactions(connection, own)
        _acquire(own, wait)
        yield own


def _acquire(own: Connection, wait: float) -> None:
    deadline = time.monotonic() + wait
    waiting = False
    while not own.scalar(_TRY, {"key": KEY}):
        holder = own.scalar(_HOLDER, {"key": KEY}) or "a session that has just ended"
        if time.monotonic() >= deadline:
            raise UserError(
                f"another chameleon-migrations is at work on the database {own.engine.url.database}: {holder}; nothing was "
                "changed: wait until it has ended, then run again, or wait for it with -x wait=SECONDS"
            )
        if not waiting:
            log.info("another chameleon-migrations is at work: %s; waiting up to %s seconds", holder, wait)
            waiting = True
        time.sleep(_POLL)


def _refuse_pooled_transactions(connection: Connection, own: Connection) -> None:
    """Refuse a pooler in transaction mode, where a lock would stay with a session that serves others next.

    There, the session that `own` has just used is free for the transaction of `connection`, and `own` gets another.
    """
    before = own.scalar(_PID)
    other = connection.scalar(_PID)
    if other == before or own.scalar(_PID) != before:
        raise UserError(
            "the sessions change from transaction to transaction, as through PgBouncer in transaction mode; nothing was "
            "changed: name PostgreSQL itself in pg_conn, or a PgBouncer in session mode"
        )

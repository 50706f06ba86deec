"""The operation that keeps every other session out of the live catalogue."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable

from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Connection, text

from chameleon_migrations.checks.check import read_check
from chameleon_migrations.checks.examination import ask, refuse
from chameleon_migrations.database import session
from chameleon_migrations.database.catalogue import CATALOGUE
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.timeouts import Timeouts
from chameleon_migrations.errors import StepFailed, UserError
from chameleon_migrations.operations.base import CatalogueOperation, run, send

log = logging.getLogger("alembic.chameleon_migrations")

_WAITING = "common/checks/waiting.sql"
_BUSY = ("55P03", "40P01")
"""The SQLSTATEs of a lock that is not available, and of a deadlock."""

# A prepared transaction holds locks without a session, and an autovacuum without a role.
_HOLDERS = text("""
SELECT DISTINCT CASE
    WHEN activity.pid IS NULL THEN 'a prepared transaction (see pg_prepared_xacts)'
    WHEN activity.usename IS NULL THEN format('pid %s (autovacuum, or another process of PostgreSQL)', activity.pid)
    ELSE format(
        'pid %s (%s, %s)%s', activity.pid, activity.usename, coalesce(nullif(activity.application_name, ''), 'no name'),
        ' in a transaction since ' || activity.xact_start::timestamptz(0)
    )
END
FROM pg_catalog.pg_locks AS held
JOIN pg_catalog.pg_class AS cls ON cls.oid = held.relation AND cls.relkind = 'r'
JOIN pg_catalog.pg_namespace AS nsp ON nsp.oid = cls.relnamespace AND nsp.nspname = :schema
LEFT JOIN pg_catalog.pg_stat_activity AS activity ON activity.pid = held.pid
WHERE held.locktype = 'relation' AND held.granted AND held.pid IS DISTINCT FROM pg_backend_pid()
    AND held.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
ORDER BY 1""")


@Operations.register_operation("lock_catalogue")
class LockCatalogue(CatalogueOperation):
    """Keep every other session out of the live catalogue until the transaction ends."""

    def __init__(self, lock_timeout: float = Timeouts.lock_timeout) -> None:
        self.lock_timeout = lock_timeout

    @classmethod
    def lock_catalogue(cls, operations: Operations) -> None:
        """Lock the catalogue's tables, in the order of their names, in ACCESS EXCLUSIVE mode.

        It is tried as often as `Timeouts` says; between two attempts none of the locks is held.

        Raises:
            UserError: Another session held one of them each time; the message names it.
            StepFailed: PostgreSQL refused it for another reason.
        """
        operations.invoke(cls())

    @property
    def title(self) -> str:
        """What the step does."""
        return "lock the catalogue's tables"

    def statements(self) -> Iterable[str]:
        """Return the limit on the wait, and the locking."""
        return [
            f"SET LOCAL lock_timeout = '{round(self.lock_timeout * 1000)}ms'",
            sql("common/lock_catalogue.sql"),
        ]


@Operations.implementation_for(LockCatalogue)
def lock_in_turns(operations: Operations, _: LockCatalogue) -> None:
    """Try, until it succeeds or the attempts are used up."""
    timeouts: Timeouts = operations.migration_context.opts.get("timeouts", Timeouts())
    for pause in timeouts.pauses():
        time.sleep(pause)
        try:
            run(operations, LockCatalogue(timeouts.lock_timeout))
        except StepFailed as failure:
            if failure.state not in _BUSY:
                raise
            log.info("the catalogue is in use by %s", in_use_by(operations.get_bind()))
        else:
            operations.migration_context.opts.get("on_lock", _nothing)()
            return
    raise UserError(
        f"the catalogue was in use each of {timeouts.lock_attempts} times that a lock on it was asked for, by "
        f"{in_use_by(operations.get_bind())}; it is as it was: end that, or allow for more with -x lock_attempts=N and "
        "-x lock_timeout=SECONDS, then run again"
    )


def _nothing() -> None:
    pass


@Operations.register_operation("refuse_waiting")
class RefuseWaiting(MigrateOperation):
    """Let a swap of catalogues go on only where nobody waits to write into the one that was locked."""

    @classmethod
    def refuse_waiting(cls, operations: Operations) -> None:
        """Ask who waits to write into the locked catalogue: the last step of a swap.

        A statement that waits is looked up by name again once the lock is gone, and would then go into the other catalogue.

        Raises:
            UserError: A session waits.
        """
        operations.invoke(cls())


@Operations.implementation_for(RefuseWaiting)
def refuse_waiting(operations: Operations, _: RefuseWaiting) -> None:
    """Ask, or print the question with ``--sql``."""
    if operations.migration_context.as_sql:
        send(operations, read_check(_WAITING).as_statement())
    else:
        refuse(ask(operations.get_bind(), [_WAITING]), "the catalogue is as it was")


def in_use_by(connection: Connection) -> str:
    """Return who holds a lock on a table of the live catalogue, in one line."""
    session.clear_snapshot(connection)
    return ", ".join(connection.scalars(_HOLDERS, {"schema": CATALOGUE})) or "a session that has ended"

"""The history: a row for each step of each attempt to migrate, those that failed or died included.

A command that a check refuses before anything is changed is no attempt, and leaves no row.
"""

from __future__ import annotations

import logging
import platform
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    Interval,
    MetaData,
    Table,
    Text,
    Update,
    Uuid,
    func,
    insert,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from chameleon_migrations import __version__
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database.catalogue import CATALOGUE
from chameleon_migrations.database.sql_text import execute
from chameleon_migrations.database.version_table import SCHEMA, sharing
from chameleon_migrations.errors import FAILED, UserError, lost, one_line

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep

log = logging.getLogger("alembic.chameleon_migrations")

history = Table(
    "history",
    MetaData(),
    Column("attempt", Uuid, primary_key=True, comment="the same for the steps of one command"),
    Column("started", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("role", Text, nullable=False, server_default=text("session_user")),
    Column("client", Text, nullable=False, comment="the host that the command ran on"),
    Column("package", Text, nullable=False, comment="the version of chameleon-migrations"),
    Column("from_version", Text, nullable=False),
    Column("to_version", Text, primary_key=True),
    Column("settings", JSONB, nullable=False, comment="the configuration file, without passwords"),
    Column(
        "events_replayed", BigInteger, comment="events of pending batches that were applied before the step"
    ),
    Column(
        "tables_moved", BigInteger, comment="tables registered in the catalogue that took the other's place"
    ),
    Column("duration", Interval),
    Column(
        "outcome", Text, nullable=False, server_default="started", comment="started, done, failed, or died"
    ),
    Column("error", Text),
    schema=SCHEMA,
)

_OPTIONS = ("config", "create", "confirm", "mysql", "wait", "lock_timeout", "lock_attempts")

_SWAPPED = {"1.7", "2.0.0"}
"""The two versions between which one catalogue replaces another."""


def replayed(connection: Connection, events: int) -> None:
    """Add `events` to those that were applied before the step that is under way."""
    known = func.coalesce(history.c.events_replayed, 0)
    connection.execute(_under_way().values(events_replayed=known + events))


@dataclass(frozen=True)
class Summary:
    """What a command has done: the events that it replayed, its seconds, and the seconds in which the catalogue was locked."""

    events: int
    seconds: float
    locked: float


class Attempt:
    """One command's way through its steps. The run lock sees to it that only one is under way.

    Attributes:
        begun: Whether the first step has begun.
    """

    def __init__(self, settings: Settings, options: Mapping[str, str]) -> None:
        self._settings = _without_secrets(settings, options)
        self._id = uuid.uuid4()
        self._ahead: list[RevisionStep] = []
        self.begun = False
        self._locked_at: float | None = None
        self._locked = 0.0
        self._events = 0

    @contextmanager
    def recorded(self, own: Connection, steps: Sequence[RevisionStep]) -> Iterator[None]:
        """Keep the history of `steps`, which are taken inside.

        Args:
            own: Where it is written, unless a step is done: what is written there stays when a step is undone.
            steps: What is ahead.
        """
        self._own, self._ahead = own, list(steps)
        self.begun = True
        self._started = self._step_started = time.monotonic()
        history.create(own, checkfirst=True)
        for statement in sharing():
            execute(own, statement)
        own.execute(_under_way().values(outcome="died"))
        self._begin_next()
        try:
            yield
        except BaseException as error:
            self._fail(error)
            if isinstance(error, UserError):
                error.exit_status = FAILED
            raise

    @property
    def live(self) -> str:
        """The version that the step that is under way, or the next one, starts from."""
        return _names(self._ahead[0].from_revisions_no_deps)

    def locked(self) -> None:
        """Note that the catalogue is locked now, until the step that is under way is done."""
        self._locked_at = time.monotonic()

    def summary(self) -> Summary:
        """Return what has been done until now."""
        return Summary(self._events, time.monotonic() - self._started, self._locked)

    def applied(self, ctx: MigrationContext, *_: Any, **__: Any) -> None:
        """Record, in the transaction of a step, that it is done: alembic calls this at its end."""
        if ctx.connection is None or not self._ahead:
            return
        step = self._ahead.pop(0)
        # Read here, and not once the step is committed: an error in between would say that it has failed.
        events = ctx.connection.scalar(
            _ended()
            .values(outcome="done", tables_moved=_tables_moved(ctx.connection, step))
            .returning(history.c.events_replayed)
        )
        self._events += events or 0
        self._log(step)
        self._begin_next()

    def _log(self, step: RevisionStep) -> None:
        """Log the step that is done in one line, with its time."""
        now = time.monotonic()
        locked = now - (self._locked_at or now)
        self._locked += locked
        way = f"{_names(step.from_revisions_no_deps)} -> {_names(step.to_revisions_no_deps)}"
        log.info("%s: done in %.1f s, the catalogue locked for %.1f s", way, now - self._step_started, locked)
        self._step_started, self._locked_at = now, None

    def _begin_next(self) -> None:
        for step in self._ahead[:1]:
            self._own.execute(
                insert(history).values(
                    attempt=self._id,
                    client=platform.node(),
                    package=__version__,
                    from_version=self.live,
                    to_version=_names(step.to_revisions_no_deps),
                    settings=self._settings,
                )
            )

    def _fail(self, error: BaseException) -> None:
        try:
            self._own.execute(_ended().values(outcome="failed", error=one_line(error)))
        except lost() as unrecorded:
            log.warning("the failure is not in the history: %s", one_line(unrecorded))


def _names(revisions: Sequence[str]) -> str:
    return ", ".join(revisions) or "base"


def _under_way() -> Update:
    return update(history).where(history.c.outcome == "started")


def _ended() -> Update:
    return _under_way().values(duration=func.clock_timestamp() - history.c.started)


def _tables_moved(connection: Connection, step: RevisionStep) -> int | None:
    if {*step.from_revisions_no_deps, *step.to_revisions_no_deps} != _SWAPPED:
        return None
    registered = table("t_replica_tables", schema=CATALOGUE)
    return connection.scalar(select(func.count()).select_from(registered))


def _without_secrets(settings: Settings, options: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings by name: those that are written out here, and no others."""
    postgres = settings.connection
    return {
        "file": str(settings.path),
        "pg_conn": {
            name: getattr(postgres, name) for name in ("host", "port", "user", "database", "charset")
        },
        "sources": {
            source.name: {
                "type": source.type,
                "db_conn": {name: getattr(source.mysql, name) for name in ("host", "port", "user")},
                "schema_mappings": dict(source.schema_mappings),
            }
            for source in settings.sources
        },
        "options": {name: options[name] for name in _OPTIONS if name in options},
    }

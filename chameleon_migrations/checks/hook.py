"""A pre-revision hook: the checks of a revision, which change nothing, and then its preparation.

A revision file has one for each direction, as the values ``before_upgrade`` and ``before_downgrade``. The operation
``op.run_pre_revision_hook`` on the first line of ``upgrade()`` or ``downgrade()`` runs it: alembic has no such hook.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from chameleon_migrations.errors import UserError

if TYPE_CHECKING:
    from alembic.script import ScriptDirectory
    from sqlalchemy import Connection

    from chameleon_migrations.checks.mysql import Finding
    from chameleon_migrations.config.settings import Settings


class Plan(Protocol):
    """What a revision would do, to show before it is done; a frozen dataclass."""

    @property
    def replay_seconds(self) -> float:
        """About how long the replay of the pending events takes."""

    @property
    def totals(self) -> tuple[int, int, int]:
        """The numbers of sources, tables and pending events."""

    def lines(self) -> Iterable[str]:
        """Return it as lines for a person."""


class Preparation(Protocol):
    """What is done once the checks hold, in transactions of its own: it stays done if the revision fails."""

    def run(self, connection: Connection) -> None:
        """Do it on `connection`, which is in autocommit unless the caller owns the transaction."""

    def script(self) -> Sequence[str]:
        """Return the same as statements for psql, which ``--sql`` prints; they run in autocommit."""


def _no_views() -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class Hook:
    """What runs before a revision. A check is named by its file below a version location.

    Attributes:
        needs: Checks that must hold before `views` can be set up at all.
        views: Returns the statements that set up, for the session, what the checks and the revision read.
        checks: What must hold, asked in this order.
        log: What must hold of the log, asked after `checks`. It is not read with the catalogue locked: it may be large, and
            all of it dead rows. What is added to it moves a resume batch, which ``moved.sql`` sees.
        locked: What must hold besides `checks` when they are asked again with the catalogue locked.
        warnings: Checks that only warn, such as of what a downgrade loses.
        servers: Asks the MySQL servers, once, after `checks`, and yields what it finds; its last argument tells whether a
            server that gives no answer is an error.
        plan: Reads from `views` what the revision would do.
        prepare: What is done once all of that holds.
    """

    needs: Sequence[str] = ()
    views: Callable[[], Sequence[str]] = _no_views
    checks: Sequence[str] = ()
    log: Sequence[str] = ()
    locked: Sequence[str] = ()
    warnings: Sequence[str] = ()
    servers: Callable[[Connection, Settings, bool], Iterable[Finding]] | None = None
    plan: Callable[[Connection], Plan] | None = None
    prepare: Preparation | None = None


UPGRADE = "upgrade"
DOWNGRADE = "downgrade"

STOPPED = ("common/checks/writers.sql", "common/checks/unfinished.sql", "common/checks/isolation.sql")
"""The checks of every revision, up and down: nobody else is at work on the catalogue."""

HISTORY_READABLE = "common/checks/history_readable.sql"
"""The check of every command: the version table and the history may be read."""

BEFORE_WRITING = ("common/checks/read_only.sql", "common/checks/history_writable.sql")
"""The checks of every command that changes something, also where there is no catalogue yet."""

ALWAYS = (*BEFORE_WRITING, "common/checks/interrupted.sql")
"""The checks of every command that changes a catalogue, whichever revisions it runs."""


def between_versions(*checks: str, loses: Sequence[str] = ()) -> Hook:
    """Return the hook of a step between two 2.0 catalogues.

    Args:
        checks: What must hold besides what must hold before every such step.
        loses: Checks that warn of what the step loses.
    """
    return Hook(
        needs=["common/checks/half_upgraded.sql", "common/checks/owner.sql"],
        checks=[*STOPPED, "common/checks/dependents.sql", *checks],
        warnings=["common/checks/stale.sql", *loses],
    )


def find(scripts: ScriptDirectory, revision: str, direction: str) -> Hook | None:
    """Return the hook of `revision` in `direction`, `UPGRADE` or `DOWNGRADE`; None where the revision runs none.

    Raises:
        UserError: The revision runs a hook, and its file has none.
    """
    script = scripts.get_revision(revision)
    hook: Hook | None = getattr(script.module, f"before_{direction}", None)
    if hook is None and "run_pre_revision_hook" in getattr(script.module, direction).__code__.co_names:
        raise UserError(
            f"{script.path}: {direction}() runs a pre-revision hook, and the file has no value before_{direction}; nothing "
            f"was changed: add before_{direction} = Hook(...), as docs/chaining.md shows"
        )
    return hook

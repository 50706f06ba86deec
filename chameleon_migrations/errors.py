"""The errors that a user sees when something is refused or fails: one message, no traceback."""

from __future__ import annotations

from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from chameleon_migrations import visible

REFUSED = 3
"""The exit status of a command that was refused before it changed anything."""

FAILED = 4
"""The exit status of a migration that failed after it had begun: what was under way is undone, what was finished stays."""


class UserError(CommandError):
    """What was found, what is needed and what to do, without a secret.

    On a command line it is printed as ``FAILED: …``, without a traceback, and is the process's end.

    Attributes:
        exit_status: `REFUSED` or `FAILED`.
    """

    def __init__(self, message: str, exit_status: int = REFUSED) -> None:
        """Say `message`, of which names from a database or a file can be a part."""
        super().__init__(visible.lines(message))
        self.exit_status = exit_status


class StepFailed(UserError):  # noqa: N818 - the name says what happened
    """A step of a migration was refused by PostgreSQL."""

    def __init__(self, step: str, cause: DBAPIError) -> None:
        """Describe the `cause` that `step` met."""
        self.step = step
        self.cause = one_line(cause)
        self.state = sqlstate(cause)
        super().__init__(f"the step '{step}' failed: {self.cause}")


def lost() -> tuple[type[Exception], ...]:
    """Return how SQLAlchemy says that PostgreSQL refused something, or that the connection is lost.

    Where it sets an isolation level, it lets the driver's own error through.
    """
    from psycopg2 import Error  # noqa: PLC0415 - no driver is loaded before it is needed

    return DBAPIError, PendingRollbackError, Error


def one_line(error: BaseException, *, with_state: bool = True) -> str:
    """Return what went wrong in one line: of what PostgreSQL said, the SQLSTATE first, and without the statement.

    Args:
        error: The error.
        with_state: Whether the line begins with the SQLSTATE; an error that our SQL raises itself has none to tell.
    """
    while isinstance(error, PendingRollbackError) and error.__context__:
        error = error.__context__
    if not isinstance(error, DBAPIError):
        return " ".join(str(error).split()) or type(error).__name__
    diagnostics = getattr(error.orig, "diag", None)
    said = getattr(diagnostics, "message_primary", None) or str(error.orig).strip()
    more = [getattr(diagnostics, f"message_{part}", None) for part in ("detail", "hint")]
    state = sqlstate(error)
    kind = f"SQLSTATE {state}" if state else type(error.orig).__name__
    parts = [kind if with_state else None, said, *more]
    return " - ".join(" ".join(str(part).split()) for part in parts if part)


def sqlstate(error: DBAPIError) -> str | None:
    """Return the five letters by which PostgreSQL names an error, or None where it is the driver's own."""
    return getattr(error.orig, "pgcode", None)

"""What all operations on the catalogue share: a title, the statements, and one way to run them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from alembic.operations import MigrateOperation, Operations
from sqlalchemy.exc import DBAPIError

from chameleon_migrations.database.sql_text import execute
from chameleon_migrations.errors import StepFailed

log = logging.getLogger("alembic.chameleon_migrations")


class CatalogueOperation(MigrateOperation):
    """A step of a revision: SQL statements that are run, or with ``--sql`` printed, in order.

    A subclass says what it does in `title` and how in `statements`. It may know its inverse (`reverse`).
    """

    @property
    def title(self) -> str:
        """What the step does, as a person reads it in a log or an error."""
        raise NotImplementedError

    def statements(self) -> Iterable[str]:
        """Return the step's SQL statements; each is sent unchanged, with no parameters."""
        raise NotImplementedError

    def to_diff_tuple(self) -> tuple[Any, ...]:
        """Return how ``alembic check`` names the operation."""
        return (type(self).__name__, *vars(self).values())


@Operations.implementation_for(CatalogueOperation)
def run(operations: Operations, operation: CatalogueOperation) -> None:
    """Run `operation`, or print it with ``--sql``.

    Raises:
        StepFailed: PostgreSQL refused a statement. What the step had done is undone, what the steps
            before it did is still there, and the transaction goes on.
    """
    context = operations.migration_context
    if context.as_sql:
        context.impl.static_output(f"-- {operation.title}")
    else:
        log.debug("%s", operation.title)
    with savepoint(operations, operation.title):
        for statement in operation.statements():
            send(operations, statement)


def send(operations: Operations, statement: str) -> None:
    """Send one statement as it stands: a ``%``, a ``:x`` or a function's body in it means nothing to a driver."""
    context = operations.migration_context
    if context.as_sql:
        context.impl.static_output(statement.strip().removesuffix(";") + ";")
    else:
        execute(operations.get_bind(), statement)


@contextmanager
def savepoint(operations: Operations, step: str) -> Iterator[None]:
    """Undo what fails inside, and only that.

    Raises:
        StepFailed: PostgreSQL refused a statement of `step`.
    """
    if operations.migration_context.as_sql:
        yield
        return
    try:
        with operations.get_bind().begin_nested():
            yield
    except DBAPIError as error:
        raise StepFailed(step, error) from error

"""The operation around a swap of catalogues: when a step fails, keep what was built, and put the old one back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import cast

from alembic.operations import MigrateOperation, Operations
from sqlalchemy import Column, DateTime, MetaData, Table, Text, func, insert

from chameleon_migrations import __version__
from chameleon_migrations.database.catalogue import CATALOGUE, read_version, schema_exists
from chameleon_migrations.database.sql_text import identifier
from chameleon_migrations.errors import StepFailed, UserError, lost
from chameleon_migrations.operations.schema import RenameSchema


@Operations.register_operation("post_mortem")
class PostMortem(MigrateOperation):
    """Keep, for the user to look at, what had been built when a step of a swap failed."""

    def __init__(self, old: str, kept_as: str) -> None:
        self.old = old
        self.kept_as = kept_as

    @classmethod
    def post_mortem(cls, operations: Operations, *, old: str, kept_as: str) -> AbstractContextManager[None]:
        """Return a context for the steps that swap the live catalogue for a new one.

        When one of them fails, what there is of the new catalogue is renamed to `kept_as` and `old` is the
        live catalogue again. That is committed: the error that is raised then must not undo it.

        Args:
            operations: Alembic's operations.
            old: The schema to which the steps rename the live catalogue.
            kept_as: The schema in which to keep what was built.

        Raises:
            UserError: A step failed; the message names it, the cause, and the schema to look at.
        """
        return cast("AbstractContextManager[None]", operations.invoke(cls(old, kept_as)))


@Operations.implementation_for(PostMortem)
@contextmanager
def keep(operations: Operations, operation: PostMortem) -> Iterator[None]:
    """Run the steps inside; when one fails, put the old catalogue back, commit, and raise."""
    try:
        yield
    except StepFailed as failure:
        if not _kept(operations, operation, failure):
            raise UserError(
                f"{failure}; nothing was changed: the old catalogue is live in {CATALOGUE}"
            ) from failure
        raise UserError(
            f"{failure}; the old catalogue is live again in {CATALOGUE}; what had been built of the new one is kept in "
            f"{operation.kept_as} to look at: once you have, drop it with "
            f"DROP SCHEMA {identifier(operation.kept_as)} CASCADE and run again"
        ) from failure


def _kept(operations: Operations, operation: PostMortem, failure: StepFailed) -> bool:
    """Put the old catalogue back and keep the new one; tell whether that could be done and committed."""
    refused: tuple[type[Exception], ...] = (StepFailed, *lost())
    try:
        if not _can_keep(operations, operation):
            return False
        _put_back(operations, operation, failure)
    except refused:
        # The transaction, which is undone as a whole then, puts the old catalogue back as well.
        return False
    return True


def _put_back(operations: Operations, operation: PostMortem, failure: StepFailed) -> None:
    """Swap the schemas back, leave a note of the `failure` in the one that is kept, and commit."""
    connection = operations.get_bind()
    note = Table(
        "post_mortem",
        MetaData(),
        Column("step", Text),
        Column("error", Text),
        Column("happened", DateTime(timezone=True), server_default=func.clock_timestamp()),
        Column("catalogue_version", Text, comment="of the catalogue that is live again"),
        Column("package_version", Text, comment="of chameleon-migrations"),
        schema=operation.kept_as,
    )
    operations.invoke(RenameSchema(CATALOGUE, operation.kept_as))
    operations.invoke(RenameSchema(operation.old, CATALOGUE))
    note.create(connection)
    connection.execute(
        insert(note).values(
            step=failure.step,
            error=failure.cause,
            catalogue_version=read_version(connection),
            package_version=__version__,
        )
    )
    connection.commit()


def _can_keep(operations: Operations, operation: PostMortem) -> bool:
    """Tell whether there is something to keep, and a transaction of our own to commit it in."""
    connection = operations.get_bind()
    return (
        not operations.migration_context.opts.get("caller_owns_transaction")
        and not connection.closed
        and not connection.invalidated
        and schema_exists(connection, operation.old)
        and schema_exists(connection, CATALOGUE)
    )

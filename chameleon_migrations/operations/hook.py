"""The operation on the first line of a revision: run the hook in its file."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.operations import MigrateOperation, Operations

from chameleon_migrations.checks.check import read_check
from chameleon_migrations.checks.examination import ask, ask_hook, refuse
from chameleon_migrations.checks.hook import UPGRADE, Hook, find
from chameleon_migrations.errors import UserError
from chameleon_migrations.operations.base import savepoint, send


@Operations.register_operation("run_pre_revision_hook")
class RunPreRevisionHook(MigrateOperation):
    """Run the checks and the preparation of the hook in a revision's file."""

    def __init__(self, revision: str, direction: str) -> None:
        self.revision = revision
        self.direction = direction

    @classmethod
    def run_pre_revision_hook(cls, operations: Operations, revision: str, direction: str = UPGRADE) -> None:
        """Run the hook in the file of `revision`, and commit what its preparation does.

        Args:
            operations: Alembic's operations.
            revision: The revision whose ``upgrade()`` or ``downgrade()`` this is the first line of.
            direction: `UPGRADE` or `DOWNGRADE`.

        Raises:
            UserError: A check found something; the step did not begin, and earlier steps stay.
        """
        operations.invoke(cls(revision, direction))


def _hook(operations: Operations, operation: RunPreRevisionHook | CheckAgain) -> Hook:
    environment = operations.migration_context.environment_context
    hook = environment and find(environment.script, operation.revision, operation.direction)
    if not hook:
        raise UserError(
            f"the {operation.direction} of revision {operation.revision} runs a pre-revision hook, and its file has none; "
            f"nothing was changed: add before_{operation.direction} = Hook(...) there"
        )
    return hook


@Operations.implementation_for(RunPreRevisionHook)
def run(operations: Operations, operation: RunPreRevisionHook) -> None:
    """Check, and then prepare."""
    context = operations.migration_context
    hook = _hook(operations, operation)
    if context.as_sql:
        _print(operations, hook)
        return
    with savepoint(operations, f"check before {operation.revision}"):
        outcomes = ask_hook(operations.get_bind(), hook)
        not_begun = f"the {operation.direction} of revision {operation.revision} did not begin"
        refuse(outcomes, not_begun, context.opts["settings"].path)
    if hook.prepare is None:
        return
    if context.opts.get("caller_owns_transaction"):
        hook.prepare.run(operations.get_bind())
    else:
        with context.autocommit_block():
            hook.prepare.run(operations.get_bind())


def _print(operations: Operations, hook: Hook) -> None:
    """Print what `run` does."""
    context = operations.migration_context
    _print_checks(operations, hook.needs)
    for statement in hook.views():
        send(operations, statement)
    _print_checks(operations, [*hook.checks, *hook.log])
    for file in hook.warnings:
        send(operations, read_check(file).as_warning())
    if hook.prepare:
        with context.autocommit_block():
            for text in hook.prepare.script():
                context.impl.static_output(text)


def _print_checks(operations: Operations, files: Sequence[str]) -> None:
    for file in files:
        send(operations, read_check(file).as_statement())


@Operations.register_operation("check_again")
class CheckAgain(MigrateOperation):
    """Ask the checks of the hook in a revision's file once more, with the catalogue locked."""

    def __init__(self, revision: str, direction: str) -> None:
        self.revision = revision
        self.direction = direction

    @classmethod
    def check_again(cls, operations: Operations, revision: str, direction: str = UPGRADE) -> None:
        """Ask again what was asked before `revision`: what the answer was may have changed until the lock.

        Raises:
            UserError: Something changed; it is listed.
        """
        operations.invoke(cls(revision, direction))


@Operations.implementation_for(CheckAgain)
def run_again(operations: Operations, operation: CheckAgain) -> None:
    """Check."""
    hook = _hook(operations, operation)
    if operations.migration_context.as_sql:
        _print_checks(operations, [*hook.locked, *hook.checks])
        return
    with savepoint(operations, f"check again before {operation.revision}"):
        outcomes = ask(operations.get_bind(), [*hook.locked, *hook.checks])
        refuse(outcomes, "the swap did not begin")

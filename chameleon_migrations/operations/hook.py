"""The operation on the first line of a revision: run what is registered to run before it."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.operations import MigrateOperation, Operations

from chameleon_migrations.checks import hooks
from chameleon_migrations.errors import UserError
from chameleon_migrations.operations.base import savepoint, send


@Operations.register_operation("run_pre_revision_hook")
class RunPreRevisionHook(MigrateOperation):
    """Run the checks and the preparation registered under a revision."""

    def __init__(self, revision: str, direction: str) -> None:
        self.revision = revision
        self.direction = direction

    @classmethod
    def run_pre_revision_hook(
        cls, operations: Operations, revision: str, direction: str = hooks.UPGRADE
    ) -> None:
        """Run what is registered to run before `revision`, and commit what its preparation does.

        Args:
            operations: Alembic's operations.
            revision: The revision whose ``upgrade()`` or ``downgrade()`` this is the first line of.
            direction: `hooks.UPGRADE` or `hooks.DOWNGRADE`.

        Raises:
            UserError: Something is in the way; nothing was changed.
        """
        operations.invoke(cls(revision, direction))


def _registered(operation: RunPreRevisionHook | CheckAgain) -> hooks.Hook:
    hook = hooks.find(operation.revision, operation.direction)
    if hook is None:
        raise UserError(
            f"the {operation.direction} of revision {operation.revision} runs a pre-revision hook, and none is registered "
            "under it: register one with chameleon_migrations.hooks.register()"
        )
    return hook


@Operations.implementation_for(RunPreRevisionHook)
def run(operations: Operations, operation: RunPreRevisionHook) -> None:
    """Check, and then prepare."""
    context = operations.migration_context
    hook = _registered(operation)
    if context.as_sql:
        _print(operations, hook)
        return
    with savepoint(operations, f"check before {operation.revision}"):
        hooks.check(operations.get_bind(), hook, context.opts["settings"])
    if hook.prepare is None:
        return
    if context.opts.get("caller_owns_transaction"):
        hook.prepare(operations.get_bind())
    else:
        with context.autocommit_block():
            hook.prepare(operations.get_bind())


def _print(operations: Operations, hook: hooks.Hook) -> None:
    """Print what `run` does."""
    context = operations.migration_context
    _print_checks(operations, hook.needs)
    for statement in hook.views(context.opts["settings"]):
        send(operations, statement)
    _print_checks(operations, hook.checks)
    for check in hook.passed_over:
        send(operations, hooks.as_warning(check))
    if script := hook.script():
        with context.autocommit_block():
            for text in script:
                context.impl.static_output(text)


def _print_checks(operations: Operations, checks: Sequence[hooks.Check]) -> None:
    for check in checks:
        send(operations, hooks.as_statement(check))


@Operations.register_operation("check_again")
class CheckAgain(MigrateOperation):
    """Ask the checks registered under a revision once more, with the catalogue locked."""

    def __init__(self, revision: str, direction: str) -> None:
        self.revision = revision
        self.direction = direction

    @classmethod
    def check_again(cls, operations: Operations, revision: str, direction: str = hooks.UPGRADE) -> None:
        """Ask again what was asked before `revision`: what the answer was may have changed until the lock.

        Raises:
            UserError: Something changed; it is listed.
        """
        operations.invoke(cls(revision, direction))


@Operations.implementation_for(CheckAgain)
def run_again(operations: Operations, operation: CheckAgain) -> None:
    """Check."""
    hook = _registered(operation)
    if operations.migration_context.as_sql:
        _print_checks(operations, [*hook.locked, *hook.checks])
        return
    with savepoint(operations, f"check again before {operation.revision}"):
        hooks.check_again(operations.get_bind(), hook)

"""The command ``preflight``: every check of an upgrade, and its plan, before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection

from chameleon_migrations.checks import common, hooks
from chameleon_migrations.checks.merge_plan import Merger, merger
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database import version_table
from chameleon_migrations.errors import UserError
from chameleon_migrations.running.reading import look
from chameleon_migrations.terminal.display import show, show_json

_MERGES = "2.0.0"
"""The revision whose sources and tables are those of the configuration file and the 1.7 catalogue together."""


@dataclass(frozen=True)
class Outcome:
    """What came of a check.

    Attributes:
        needed: What has to hold.
        found: What is in the way, a line each; None where it cannot be asked before an earlier check holds.
        remedy: What to do, where something is in the way.
    """

    needed: str
    found: Sequence[str] | None
    remedy: str | None


@dataclass(frozen=True)
class Step:
    """A revision that the upgrade would run, and what it is."""

    revision: str
    brings: str


@dataclass(frozen=True)
class Preflight:
    """All that is shown.

    Attributes:
        version: The live catalogue's.
        ready: Whether an upgrade would start.
        checks: Every check of its first step; a later step's are asked when its turn comes.
        passed_over: What the user is told and nothing is stopped by.
        steps: The revisions, in the order in which they would run.
        plan: What merges into what, where the first step is that from 1.7 to 2.0.0.
    """

    version: str | None
    ready: bool
    checks: Sequence[Outcome]
    passed_over: Sequence[str]
    steps: Sequence[Step]
    plan: Merger | None


def run(config: Config, revision: str, *, as_json: bool) -> None:
    """Show every check of an upgrade and its plan, and change nothing.

    Args:
        config: Alembic's configuration.
        revision: Where the upgrade would lead.
        as_json: Print one JSON object instead of tables.

    Raises:
        UserError: An upgrade would not start.
    """

    def at(migration: MigrationContext, script: ScriptDirectory, version: str | None) -> None:
        found = ahead(migration, script, version, revision)
        if not found:
            raise UserError(f"the catalogue is {version}: there is nothing to upgrade")
        if as_json:
            show_json(config, asdict(found))
        else:
            _print(config, found)
        if not found.ready:
            raise UserError("an upgrade would not start: see the checks that do not hold")

    look(config, at)


def ahead(
    migration: MigrationContext, script: ScriptDirectory, version: str | None, revision: str
) -> Preflight | None:
    """Return the checks and the plan of the upgrade from `version` to `revision`, or None where there is no step between.

    Raises:
        UserError: There is no way up to `revision`.
    """
    steps = _steps(script, version_table.heads(migration, script, version), revision)
    connection = migration.connection
    assert connection is not None  # noqa: S101 - there is one wherever it is not --sql
    if not steps:
        return None
    return _preflight(connection, version, steps, migration.opts["settings"], migration.opts["mysql"])


def way_back(migration: MigrationContext, script: ScriptDirectory, version: str | None) -> list[Outcome]:
    """Return every check of the downgrade from `version` to 1.7, those of all its steps, as the downgrade asks them first."""
    connection = migration.connection
    assert connection is not None  # noqa: S101 - there is one wherever it is not --sql
    steps = script.iterate_revisions(version_table.heads(migration, script, version), "1.7")
    found = [hooks.find(step.revision, hooks.DOWNGRADE) for step in steps]
    outcomes = [examine(connection, hook, migration.opts["settings"]) for hook in found if hook]
    return list({outcome.needed: outcome for asked in outcomes for outcome in asked}.values())


def _steps(script: ScriptDirectory, start: tuple[str, ...], revision: str) -> list[Script]:
    """Return the revisions from `start` to `revision`, in the order in which they would run."""
    try:
        return list(script.iterate_revisions(revision, start, implicit_base=True))[::-1]
    except RevisionError as error:
        raise UserError(f"there is no way up from {', '.join(start)} to {revision}: {error}") from error


def _preflight(
    connection: Connection, version: str | None, steps: Sequence[Script], settings: Settings, mysql: str
) -> Preflight:
    hook = hooks.find(steps[0].revision, hooks.UPGRADE) or hooks.Hook()
    outcomes = examine(connection, hook, settings)
    told: list[str] = []
    if all(outcome.found == [] for outcome in outcomes):
        told = hooks.passed_over(connection, hook)
        outcomes += _ask_servers(connection, hook, settings, mysql, told)
    ready = all(outcome.found == [] for outcome in outcomes)
    return Preflight(
        version=version,
        ready=ready,
        checks=outcomes,
        passed_over=told,
        steps=[Step(step.revision, step.doc) for step in steps],
        plan=merger(connection) if ready and steps[0].revision == _MERGES else None,
    )


def examine(connection: Connection, hook: hooks.Hook, settings: Settings) -> list[Outcome]:
    """Ask the checks of `hook`, and what has to hold before every command that changes something.

    The plan's temporary views are set up for the session on the way, where the checks that they need hold.
    """
    needs = [_outcome(check, hooks.ask(connection, check)) for check in (common.INTERRUPTED, *hook.needs)]
    if any(outcome.found for outcome in needs):
        return [*needs, *(_outcome(check, None) for check in hook.checks)]
    for statement in hook.views(settings):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    return [*needs, *(_outcome(check, hooks.ask(connection, check)) for check in hook.checks)]


def _ask_servers(
    connection: Connection, hook: hooks.Hook, settings: Settings, mysql: str, told: list[str]
) -> list[Outcome]:
    """Ask the MySQL servers, and add to `told` what stops nothing, such as that one did not answer: then nothing is certain."""
    if hook.servers is None or mysql == "skip":
        return []
    needed = "Each MySQL server has what was not read yet, and lets the replica read it."
    try:
        doubts = hooks.ask_servers(connection, hook, settings, mysql)
    except UserError as error:
        return [Outcome(needed, str(error).splitlines()[1:], "Put it right in MySQL, then run again.")]
    told += doubts
    return [] if doubts else [Outcome(needed, [], None)]


def _outcome(check: hooks.Check, found: Sequence[str] | None) -> Outcome:
    return Outcome(check.needed, found, check.remedy if found else None)


def _print(config: Config, found: Preflight) -> None:
    show(config, "Checks", ("needed", "found", "what to do"), map(_row, found.checks))
    show(config, "Passed over", ("what",), ((line,) for line in found.passed_over))
    rows = ((step.revision, step.brings) for step in found.steps)
    show(config, f"The upgrade from {found.version}", ("revision", "what it brings"), rows)
    if found.plan:
        found.plan.show(config)


def _row(outcome: Outcome) -> tuple[str, str, str | None]:
    if outcome.found is None:
        return outcome.needed, "not asked: it needs the checks above", None
    return outcome.needed, "\n".join(outcome.found) or "ok", outcome.remedy

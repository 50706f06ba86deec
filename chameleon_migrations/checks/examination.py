"""How checks are asked: what the upgrade, the downgrade, preflight, the report and the steps themselves find out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from chameleon_migrations import visible
from chameleon_migrations.checks.check import Check, read_check
from chameleon_migrations.checks.hook import ALWAYS, STOPPED, Hook, Plan
from chameleon_migrations.database import session
from chameleon_migrations.database.sql_text import execute
from chameleon_migrations.errors import UserError

if TYPE_CHECKING:
    from chameleon_migrations.config.settings import Settings


@dataclass(frozen=True)
class Outcome:
    """What came of a check.

    Attributes:
        title: The precondition in a few words.
        needed: The precondition in a sentence.
        failure: What is wrong if anything was found.
        found: The findings, a line each; None where it cannot be asked before an earlier check holds.
        remedy: What to do where anything was found.
    """

    title: str
    needed: str
    failure: str
    found: Sequence[str] | None
    remedy: str


@dataclass(frozen=True)
class Examination:
    """What was found before anything is changed.

    Attributes:
        outcomes: Each check once, in the order in which they were asked.
        warnings: A line for each thing that stops nothing; asked where all checks hold.
        plan: What would be done, where a step has a plan, and all checks hold.
    """

    outcomes: Sequence[Outcome]
    warnings: Sequence[str]
    plan: Plan | None

    @property
    def holds(self) -> bool:
        """Whether nothing was found and every check was asked."""
        return all(outcome.found == [] for outcome in self.outcomes)


def examine(
    connection: Connection,
    hooks: Sequence[Hook],
    settings: Settings,
    mysql: str = "ask",
    always: Sequence[str] = ALWAYS,
) -> Examination:
    """Ask the checks of `hooks` and of every command that changes something. Only temporary views of the session are made.

    Args:
        connection: A connection to the catalogue's database.
        hooks: The hooks of the steps whose checks can be asked already.
        settings: The configuration file.
        mysql: How the MySQL servers are asked: ``ask``; ``require``, where no answer is a finding; or ``skip``.
        always: The checks of every command, which need a catalogue.
    """
    outcomes: dict[str, Outcome] = {}
    _add(outcomes, always, connection)
    able = _hold(outcomes.values())
    for hook in hooks:
        ask_hook(connection if able else None, hook, outcomes)
    warnings: list[str] = []
    asked = list(outcomes.values())
    if _hold(asked):
        warnings = list(dict.fromkeys(line for hook in hooks for line in _warnings(connection, hook)))
        if mysql != "skip":
            asked += _ask_servers(connection, hooks, settings, required=mysql == "require", warnings=warnings)
    planned = [hook.plan for hook in hooks if hook.plan] if _hold(asked) else []
    return Examination(asked, warnings, planned[0](connection) if planned else None)


def ask_hook(
    connection: Connection | None, hook: Hook, known: dict[str, Outcome] | None = None
) -> list[Outcome]:
    """Set up the views of `hook`, and return what came of its `needs`, `checks` and `log`.

    Args:
        connection: Where the views are set up; None where nothing can be asked.
        hook: What runs before a revision.
        known: What came of the checks that were asked already, by file; they are not asked again, the others are added.
    """
    known = {} if known is None else known
    _add(known, hook.needs, connection)
    able = connection if _hold(known[file] for file in hook.needs) else None
    if able is not None:
        for statement in hook.views():
            execute(able, statement)
    _add(known, hook.checks, able)
    # While pg_chameleon ends a batch, its log looks as if that had been cut short.
    stopped = _hold(known[file] for file in hook.checks if file in STOPPED)
    _add(known, hook.log, able if stopped else None)
    return list(known.values())


def ask(connection: Connection, files: Iterable[str]) -> list[Outcome]:
    """Return what came of the checks in `files`."""
    return [_ask(connection, file) for file in files]


def refuse(outcomes: Sequence[Outcome], state: str, file: Path | None = None) -> None:
    """Refuse to go on where anything was found.

    Args:
        outcomes: What came of the checks.
        state: What is so of the catalogue, such as ``nothing was changed``.
        file: The configuration file, which a failure that is its fault names.

    Raises:
        UserError: Every finding of every check is listed.
    """
    if any(outcome.found for outcome in outcomes):
        raise UserError("\n".join(_describe(outcome, state, file) for outcome in outcomes if outcome.found))


def _hold(outcomes: Iterable[Outcome]) -> bool:
    return all(outcome.found == [] for outcome in outcomes)


def _add(known: dict[str, Outcome], files: Iterable[str], connection: Connection | None) -> None:
    known.update({file: _ask(connection, file) for file in files if file not in known})


def _ask(connection: Connection | None, file: str) -> Outcome:
    """Return what came of the check in `file`; without a connection it is not asked."""
    check = read_check(file)
    found = None if connection is None else _findings(connection, check)
    return Outcome(check.title, check.needed, check.failure, found, check.remedy)


def _findings(connection: Connection, check: Check) -> list[str]:
    session.clear_snapshot(connection)
    return [visible.line(found) for found in execute(connection, check.query).scalars()]


def _warnings(connection: Connection, hook: Hook) -> list[str]:
    """Return a line for each finding of the checks of `hook` that only warn."""
    return [
        f"{outcome.failure}: {finding}; {outcome.remedy}"
        for outcome in ask(connection, hook.warnings)
        for finding in outcome.found or ()
    ]


def _ask_servers(
    connection: Connection, hooks: Sequence[Hook], settings: Settings, *, required: bool, warnings: list[str]
) -> list[Outcome]:
    """Ask the MySQL servers, and add to `warnings` what stops nothing; there is no outcome where one did not answer."""
    asking = [hook.servers for hook in hooks if hook.servers]
    findings = [finding for servers in asking for finding in servers(connection, settings, required)]
    doubts = [visible.line(str(finding)) for finding in findings if not finding.is_error]
    errors = [visible.line(str(finding)) for finding in findings if finding.is_error]
    warnings += doubts
    if not asking or (doubts and not errors):
        return []
    return [
        Outcome(
            title="MySQL has the binlog",
            needed="Each MySQL server has what was not read yet, and lets the replica read it",
            failure="the replica could not go on",
            found=errors,
            remedy="Correct it in MySQL, then run again.",
        )
    ]


_FILE = "the configuration file"


def _describe(outcome: Outcome, state: str, file: Path | None) -> str:
    failure = outcome.failure.replace(_FILE, f"{_FILE} {file}", 1) if file else outcome.failure
    return "\n  ".join([f"{failure}; {state}.", *(outcome.found or ()), outcome.remedy])

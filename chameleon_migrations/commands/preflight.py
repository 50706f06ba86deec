"""The command ``preflight``: every check of an upgrade or a downgrade, and its plan, before anything is changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from alembic.config import Config
from alembic.script import Script
from alembic.script.revision import RevisionError

from chameleon_migrations.checks.examination import Examination, Outcome, examine
from chameleon_migrations.checks.hook import DOWNGRADE, UPGRADE, find
from chameleon_migrations.checks.parameters import changes, setting
from chameleon_migrations.database.sql_text import execute
from chameleon_migrations.errors import UserError
from chameleon_migrations.running.dialogue import config_option
from chameleon_migrations.running.reading import Reading, read_catalogue
from chameleon_migrations.terminal.display import show_json, show_lines


@dataclass(frozen=True)
class Preflight:
    """All that is shown.

    Attributes:
        version: The live catalogue's.
        target: The version that the command would lead to.
        direction: `UPGRADE` or `DOWNGRADE`.
        examination: The checks, warnings and plan. Those of an upgrade are its first step's: a later step's are asked when its
            turn comes. Those of a downgrade are all its steps'.
        revisions: The revisions, in the order in which they would run.
    """

    version: str | None
    target: str
    direction: str
    examination: Examination
    revisions: Sequence[Script]


def run(config: Config, revision: str, *, as_json: bool, verbose: bool) -> None:
    """Show every check of a migration and its plan, and change nothing.

    Args:
        config: Alembic's configuration.
        revision: Where it would lead, above the catalogue's version or below it.
        as_json: Print one JSON object instead of lines.
        verbose: List the revisions and the checks that hold.

    Raises:
        UserError: It would not start.
    """

    def read(reading: Reading) -> None:
        found = ahead(reading, revision) or behind(reading, revision)
        if as_json:
            show_json(config, _as_json(reading, found))
        elif found:
            _print(config, found, verbose=verbose)
        else:
            show_lines(config, [f"The catalogue is {reading.version}: there is nothing to do."], "ok")
        if found and not found.examination.holds:
            raise UserError(f"{_article(found)} would not start: {_verdict(found.examination.outcomes)}")

    read_catalogue(config, read)


def leads_up(reading: Reading, revision: str) -> bool | None:
    """Tell whether `revision` is above the catalogue's version; None where it is that.

    Raises:
        UserError: It is neither above nor below.
    """
    if _between(reading, revision, reading.heads):
        return True
    return False if _below(reading, revision) else None


def ahead(reading: Reading, revision: str) -> Preflight | None:
    """Return the checks and the plan of the upgrade to `revision`, or None where there is no step up to it."""
    revisions = _between(reading, revision, reading.heads)[::-1]
    if not revisions:
        return None
    _announce(reading, [script.revision for script in revisions])
    hook = find(reading.scripts, revisions[0].revision, UPGRADE)
    found = examine(reading.connection, [hook] if hook else [], reading.settings, reading.mysql)
    return Preflight(reading.version, revisions[-1].revision, UPGRADE, found, revisions)


def behind(reading: Reading, revision: str) -> Preflight | None:
    """Return the checks and the plan of the downgrade to `revision`, or None where the catalogue is at `revision`.

    Raises:
        UserError: `revision` is neither above nor below the catalogue's version.
    """
    revisions = _below(reading, revision)
    if not revisions:
        return None
    _announce(reading, [str(script.down_revision) for script in revisions])
    hooks = [hook for step in revisions if (hook := find(reading.scripts, step.revision, DOWNGRADE))]
    found = examine(reading.connection, hooks, reading.settings, "skip")
    return Preflight(reading.version, revision, DOWNGRADE, found, revisions)


def _below(reading: Reading, revision: str) -> list[Script]:
    """Return the revisions from the catalogue's down to above `revision`; none where it is the catalogue's."""
    revisions = _between(reading, reading.heads, revision)
    if not revisions and revision not in (*reading.heads, "head", "heads"):
        raise UserError(f"there is no way from {', '.join(reading.heads)} to {revision}")
    return revisions


def _announce(reading: Reading, versions: Sequence[str]) -> None:
    """Tell the checks which versions the migration would lead to."""
    path = json.dumps(changes([*reading.heads, *versions]))
    execute(reading.connection, setting({"chameleon.changes": path}))


def _between(reading: Reading, upper: str | tuple[str, ...], lower: str | tuple[str, ...]) -> list[Script]:
    """Return the revisions from `upper` down to above `lower`; none where it is no way down."""
    try:
        return list(reading.scripts.iterate_revisions(upper, lower, implicit_base=True))
    except RevisionError:
        return []


def _as_json(reading: Reading, found: Preflight | None) -> dict[str, Any]:
    examination = found.examination if found else Examination([], [], None)
    return {
        "version": reading.version,
        "target": found.target if found else reading.version,
        "direction": found and found.direction,
        "ready": examination.holds,
        "checks": [
            {
                "title": outcome.title,
                "needed": outcome.needed,
                "found": outcome.found,
                "remedy": outcome.remedy if outcome.found else None,
            }
            for outcome in examination.outcomes
        ],
        "warnings": examination.warnings,
        "steps": [{"revision": script.revision, "changes": script.doc} for script in found.revisions]
        if found
        else [],
        "plan": examination.plan and asdict(cast("Any", examination.plan)),
    }


def _print(config: Config, found: Preflight, *, verbose: bool) -> None:
    """Print the plan, the warnings, the checks, those that do not hold last, and the verdict."""
    examination = found.examination
    show_lines(config, [f"{found.direction.capitalize()} {_route(found)}"])
    if verbose:
        show_lines(config, (f"  {script.revision}  {script.doc}" for script in found.revisions))
    if examination.plan:
        show_lines(config, (f"  {line}" for line in examination.plan.lines()))
    for line in examination.warnings:
        show_lines(config, line.split("; "), "warning")
    held = [outcome.title for outcome in examination.outcomes if outcome.found == []]
    if examination.holds and not verbose:
        held = [f"{len(held)} checks"]
    for title in held:
        show_lines(config, [title], "ok")
    for outcome in examination.outcomes:
        _print_open(config, outcome)
    if examination.holds:
        show_lines(
            config, [_ready(found), f"Next: chameleon-migrations {config_option(config)}{_next(found)}"], "ok"
        )


def _print_open(config: Config, outcome: Outcome) -> None:
    """Print a check that does not hold, or that could not be asked."""
    if outcome.found is None:
        show_lines(config, [f"{outcome.title}: not asked, it needs the checks above"], "warning")
    elif outcome.found:
        show_lines(config, [outcome.title, f"{outcome.failure}:", *outcome.found, outcome.remedy], "failed")


def _verdict(outcomes: Sequence[Outcome]) -> str:
    failed = [outcome.title for outcome in outcomes if outcome.found]
    return f"{len(failed)} of {len(outcomes)} checks failed: {', '.join(failed)}"


def _ready(found: Preflight) -> str:
    plan = found.examination.plan
    if plan is None:
        return f"Ready: {_route(found)}"
    sources, tables, events = plan.totals
    return f"Ready: {sources} sources, {tables} tables, {events:,} pending events, about {plan.replay_seconds:.0f} s"


def _route(found: Preflight) -> str:
    steps = len(found.revisions)
    return f"{found.version} → {found.target}, {steps} step{'s' if steps > 1 else ''}"


def _article(found: Preflight) -> str:
    return f"{'an' if found.direction == UPGRADE else 'a'} {found.direction}"


def _next(found: Preflight) -> str:
    return f"rehearse {found.target}, then {found.direction} {found.target}"

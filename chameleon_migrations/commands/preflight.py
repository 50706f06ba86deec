"""The command ``preflight``: every check of an upgrade, and its plan, before anything is changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from alembic.config import Config
from alembic.script import Script
from alembic.script.revision import RevisionError

from chameleon_migrations.checks.examination import Examination, Outcome, examine
from chameleon_migrations.checks.hook import DOWNGRADE, UPGRADE, find
from chameleon_migrations.errors import UserError
from chameleon_migrations.running.plan_tables import show_plan
from chameleon_migrations.running.reading import Reading, read_catalogue
from chameleon_migrations.terminal.display import show, show_json


@dataclass(frozen=True)
class Preflight:
    """All that is shown.

    Attributes:
        version: The live catalogue's.
        examination: Every check of the upgrade's first step, warnings and plan; a later step's are asked when its turn comes.
        revisions: The revisions, in the order in which they would run.
    """

    version: str | None
    examination: Examination
    revisions: Sequence[Script]


def run(config: Config, revision: str, *, as_json: bool) -> None:
    """Show every check of an upgrade and its plan, and change nothing.

    Args:
        config: Alembic's configuration.
        revision: Where the upgrade would lead.
        as_json: Print one JSON object instead of tables.

    Raises:
        UserError: An upgrade would not start.
    """

    def read(reading: Reading) -> None:
        found = ahead(reading, revision)
        if not found:
            raise UserError(f"the catalogue is {reading.version}: there is nothing to upgrade")
        if as_json:
            show_json(config, _as_json(found))
        else:
            _print(config, found)
        if not found.examination.holds:
            raise UserError("an upgrade would not start: see the checks that do not hold")

    read_catalogue(config, read)


def ahead(reading: Reading, revision: str) -> Preflight | None:
    """Return the checks and the plan of the upgrade to `revision`, or None where there is no step between.

    Raises:
        UserError: There is no way up to `revision`.
    """
    revisions = _revisions(reading, revision)
    if not revisions:
        return None
    hook = find(reading.scripts, revisions[0].revision, UPGRADE)
    found = examine(reading.connection, [hook] if hook else [], reading.settings, reading.mysql)
    return Preflight(reading.version, found, revisions)


def way_back(reading: Reading) -> Sequence[Outcome]:
    """Return every check of the downgrade to 1.7, those of all its steps, as the downgrade asks them first."""
    steps = reading.scripts.iterate_revisions(reading.heads, "1.7")
    hooks = [hook for step in steps if (hook := find(reading.scripts, step.revision, DOWNGRADE))]
    return examine(reading.connection, hooks, reading.settings, "skip").outcomes


def _revisions(reading: Reading, revision: str) -> list[Script]:
    """Return the revisions up to `revision`, in the order in which they would run."""
    try:
        return list(reading.scripts.iterate_revisions(revision, reading.heads, implicit_base=True))[::-1]
    except RevisionError as error:
        start = ", ".join(reading.heads)
        raise UserError(f"there is no way up from {start} to {revision}: {error}") from error


def _as_json(found: Preflight) -> dict[str, Any]:
    return {
        "version": found.version,
        "ready": found.examination.holds,
        "checks": [
            {"needed": outcome.needed, "found": outcome.found, "remedy": _remedy(outcome)}
            for outcome in found.examination.outcomes
        ],
        "passed_over": found.examination.warnings,
        "steps": [{"revision": script.revision, "brings": script.doc} for script in found.revisions],
        "plan": found.examination.plan and asdict(found.examination.plan),
    }


def _remedy(outcome: Outcome) -> str | None:
    return outcome.remedy if outcome.found else None


def _print(config: Config, found: Preflight) -> None:
    show(config, "Checks", ("needed", "found", "what to do"), map(_row, found.examination.outcomes))
    show(config, "Passed over", ("what",), ((line,) for line in found.examination.warnings))
    rows = ((script.revision, script.doc) for script in found.revisions)
    show(config, f"The upgrade from {found.version}", ("revision", "what it brings"), rows)
    if found.examination.plan:
        show_plan(config, found.examination.plan)


def _row(outcome: Outcome) -> tuple[str, str, str | None]:
    if outcome.found is None:
        return outcome.needed, "not asked: it needs the checks above", None
    return outcome.needed, "\n".join(outcome.found) or "ok", _remedy(outcome)

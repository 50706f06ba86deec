"""The question before the first change, and the summary after the last."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alembic import context
from alembic.config import Config
from sqlalchemy import Connection

from chameleon_migrations import visible
from chameleon_migrations.checks.examination import Examination
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database.attempts import Summary
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V2
from chameleon_migrations.errors import UserError
from chameleon_migrations.terminal.display import show_lines
from chameleon_migrations.terminal.interrupts import leave_unchanged

if TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep


def confirm(
    connection: Connection, version: str | None, steps: Sequence[RevisionStep], found: Examination
) -> None:
    """Show the plan, and ask the person at the terminal whether to go on.

    Raises:
        UserError: The answer was not YES, or there was none.
        SystemExit: It was Ctrl-C.
    """
    if found.plan:
        show_lines(context.config, found.plan.lines())
    url = connection.engine.url
    question = (
        f"Take the catalogue {CATALOGUE} of the database {url.database} on {url.host}, port {url.port or 5432}, from "
        f"{version} to {_target(steps) or 'nothing'}? Only YES goes on: "
    )
    try:
        answer = input(visible.line(question))
    except EOFError:
        sys.stderr.write("\n")
        raise UserError("there was no answer; nothing was changed") from None
    except KeyboardInterrupt:
        leave_unchanged()
    if answer != "YES":
        raise UserError("the answer was not YES; nothing was changed")


def show_end(steps: Sequence[RevisionStep], done: Summary, settings: Settings) -> None:
    """Show what was done, what to do next, and how to go back; nothing where alembic is to be quiet."""
    if getattr(context.config.cmd_opts, "quiet", False):
        return
    replayed = f"{done.events:,} events replayed, " if done.events else ""
    show_lines(
        context.config,
        [
            f"Catalogue {_target(steps) or 'dropped'}, {replayed}{done.seconds:.1f} s (locked {done.locked:.1f} s).",
            *_next(steps, settings),
        ],
        "ok",
    )


def _next(steps: Sequence[RevisionStep], settings: Settings) -> list[str]:
    """Return what to start, and the command that goes back; none where the command neither came from 1.7 nor led there."""
    start, end = ", ".join(steps[0].from_revisions_no_deps), _target(steps)
    command = f"chameleon-migrations {config_option(context.config)}"
    if start == "1.7" and end:
        starts = [
            f"chameleon start_replica --config {shlex.quote(settings.path.stem)} --source {shlex.quote(source.name)}"
            for source in settings.sources
        ]
        return [
            f"Next: start pg_chameleon 2.0: {'; '.join(starts)}",
            f"Back: {command}downgrade 1.7",
        ]
    if end == "1.7" and start:
        return [
            "Next: start pg_chameleon 1.8.2 with its own configuration files.",
            f"Forward again: DROP SCHEMA {CATALOGUE_V2} CASCADE, then {command}upgrade {start}",
        ]
    return []


def _target(steps: Sequence[RevisionStep]) -> str:
    return ", ".join(steps[-1].to_revisions_no_deps)


def config_option(config: Config) -> str:
    """Return the option that leads to the same configuration file, as a person gives it, and a blank; or nothing."""
    given = getattr(config.cmd_opts, "x", None) or []
    names = [option.removeprefix("config=") for option in given if option.startswith("config=")]
    return f"--config {shlex.quote(names[-1])} " if names else ""

"""What runs before a revision: its checks, which change nothing, and then its preparation.

A hook is registered under the revision and the direction that it belongs to, and is run by the operation
``op.run_pre_revision_hook`` on the first line of the revision's ``upgrade()`` or ``downgrade()``. Alembic has no such hook.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database import session
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import literal
from chameleon_migrations.errors import UserError

if TYPE_CHECKING:
    from chameleon_migrations.checks.mysql import Finding

log = logging.getLogger("alembic.chameleon_migrations")


@dataclass(frozen=True)
class Check:
    """A question whose answer is a row per thing that is in the way.

    Attributes:
        file: The query's file below ``versions/``; its rows have one column, text: what was found.
        failure: What is wrong if there is any row.
        remedy: What to do then.
    """

    file: str
    failure: str
    remedy: str

    @property
    def needed(self) -> str:
        """What has to hold: the first sentence of the comment at the head of the query's file."""
        comment = itertools.takewhile(lambda line: line.startswith("--"), sql(self.file).splitlines())
        said = " ".join(line.removeprefix("--").strip() for line in comment)
        return said.split(". ")[0].removesuffix(".")


@dataclass(frozen=True)
class Hook:
    """What runs before a revision.

    Attributes:
        checks: What must hold, asked in this order.
        views: Statements that set up, for the session, what the checks and the revision read.
        needs: Checks that must hold before `views` can be set up at all.
        prepare: What is done once the checks hold, in transactions of its own: it stays done if the revision fails.
        script: The same as text for psql, which ``--sql`` prints; it runs in autocommit.
        locked: What must hold besides `checks` when they are asked again with the catalogue locked.
        passed_over: What the user is told and nothing is stopped by, such as what a downgrade loses.
        servers: What the user's MySQL servers are asked, once, after `checks`: it yields what they find.
    """

    checks: Sequence[Check] = ()
    views: Callable[[Settings], Sequence[str]] = lambda _: ()
    needs: Sequence[Check] = ()
    prepare: Callable[[Connection], None] | None = None
    script: Callable[[], Sequence[str]] = lambda: ()
    locked: Sequence[Check] = ()
    passed_over: Sequence[Check] = ()
    servers: Callable[[Connection, Settings, bool], Iterable[Finding]] | None = None


UPGRADE = "upgrade"
DOWNGRADE = "downgrade"

_hooks: dict[tuple[str, str], Hook] = {}


def register(revision: str, direction: str, hook: Hook) -> None:
    """Register `hook` to run before `revision` in `direction`, `UPGRADE` or `DOWNGRADE`."""
    _hooks[revision, direction] = hook


def find(revision: str, direction: str) -> Hook | None:
    """Return the hook of `revision` in `direction`, or None where none is registered."""
    return _hooks.get((revision, direction))


def check(connection: Connection, hook: Hook, settings: Settings) -> None:
    """Run the checks of `hook`. Nothing is changed but temporary views of the session.

    Raises:
        UserError: Something is in the way; every finding of every check is listed.
    """
    refuse(connection, hook.needs, "nothing was changed", settings.path)
    for statement in hook.views(settings):
        connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
    refuse(connection, hook.checks, "nothing was changed", settings.path)


def check_again(connection: Connection, hook: Hook) -> None:
    """Run the checks of `hook` once more, with the catalogue locked, and what has to hold besides.

    Raises:
        UserError: Something changed since `check`; every finding is listed.
    """
    refuse(connection, [*hook.locked, *hook.checks], "the swap did not begin")


def ask_servers(connection: Connection, hook: Hook, settings: Settings, mode: str) -> list[str]:
    """Ask the MySQL servers of `settings` what `hook` asks of them, and return what is to be told and stops nothing.

    Args:
        connection: Where the views of `hook` are set up.
        hook: What runs before the revision.
        settings: The configuration file.
        mode: ``ask``; ``require``, where a server that gives no answer stops the upgrade; or ``skip``.

    Raises:
        UserError: A server says that the replica could not go on; every finding is listed.
    """
    if hook.servers is None or mode == "skip":
        return []
    found = list(hook.servers(connection, settings, mode == "require"))
    if errors := [str(finding) for finding in found if finding.is_error]:
        raise UserError("\n  ".join(["the replica could not go on; nothing was changed.", *errors]))
    return [str(finding) for finding in found]


def passed_over(connection: Connection, hook: Hook) -> list[str]:
    """Return a line for each thing that `hook` tells the user of without stopping."""
    return [
        f"{check.failure}: {finding}; {check.remedy}"
        for check in hook.passed_over
        for finding in ask(connection, check)
    ]


def refuse(connection: Connection, checks: Sequence[Check], state: str, file: Path | None = None) -> None:
    """Ask `checks`, and raise a `UserError` that lists what they found, and `state`, if they found anything.

    What is said of the configuration file names it, where `file` does.
    """
    found = [(check, findings) for check in checks if (findings := ask(connection, check))]
    if found:
        said = "\n".join(_describe(check, findings, state, file) for check, findings in found)
        raise UserError(said)


def ask(connection: Connection, check: Check) -> list[str]:
    """Return what `check` finds in the way, one line each."""
    return rows(connection, check.file)


def rows(connection: Connection, file: str) -> list[str]:
    """Return the rows, each one text, of the query in `file` below ``versions/``."""
    session.look_afresh(connection)
    result = connection.exec_driver_sql(sql(file), execution_options={"no_parameters": True})
    return list(result.scalars())


def as_statement(check: Check) -> str:
    """Return `check` as a statement that raises what it finds, for a script."""
    return _RAISE.format(
        query=sql(check.file).strip(),
        failure=literal(check.failure),
        remedy=literal(check.remedy),
    )


def as_warning(check: Check) -> str:
    """Return `check` as a statement that tells what it finds, a line each, and stops nothing, for a script."""
    return _WARN.format(
        query=sql(check.file).strip(),
        failure=literal(f"{check.failure}: "),
        remedy=literal(f"; {check.remedy}"),
    )


_RAISE = """\
DO $check$
DECLARE
    findings text;
BEGIN
    PERFORM pg_stat_clear_snapshot();
    SELECT string_agg(finding, chr(10)) INTO findings
    FROM (
{query}
    ) AS found (finding);
    IF findings IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = {failure}, DETAIL = findings, HINT = {remedy};
    END IF;
END
$check$"""

_WARN = """\
DO $check$
DECLARE
    finding text;
BEGIN
    PERFORM pg_stat_clear_snapshot();
    FOR finding IN
{query}
    LOOP
        RAISE WARNING USING MESSAGE = {failure} || finding || {remedy};
    END LOOP;
END
$check$"""


def _describe(check: Check, findings: list[str], state: str, file: Path | None) -> str:
    failure = check.failure.replace(_FILE, f"{_FILE} {file}", 1) if file else check.failure
    return "\n  ".join([f"{failure}; {state}.", *findings, check.remedy])


_FILE = "the configuration file"

"""What happens around the revisions: connect, find out the catalogue's version, check, ask, and start from there."""

from __future__ import annotations

import logging
import os
import shlex
import sys
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from alembic import context
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData

from chameleon_migrations import visible
from chameleon_migrations.autogenerate import (
    rendering,  # noqa: F401 - registers how autogenerate writes our operations
)
from chameleon_migrations.autogenerate.comparison import OPTIONS
from chameleon_migrations.autogenerate.head import head_metadata
from chameleon_migrations.checks.examination import Examination, ask, examine, refuse
from chameleon_migrations.checks.hook import (
    ALWAYS,
    BEFORE_WRITING,
    DOWNGRADE,
    HISTORY_READABLE,
    UPGRADE,
    Hook,
    find,
)
from chameleon_migrations.checks.parameters import refuse_unencodable, session_parameters, setting, versions
from chameleon_migrations.config import settings as config_file
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database import run_lock, version_table
from chameleon_migrations.database.attempts import Attempt
from chameleon_migrations.database.sql_files import searched, sql
from chameleon_migrations.database.sql_text import execute
from chameleon_migrations.database.timeouts import read_timeouts
from chameleon_migrations.errors import FAILED, REFUSED, StepFailed, UserError, lost, one_line
from chameleon_migrations.running.connecting import connected
from chameleon_migrations.running.dialogue import confirm, show_end
from chameleon_migrations.running.options import check_options
from chameleon_migrations.running.psql_script import print_script
from chameleon_migrations.running.reading import Reading, requested
from chameleon_migrations.running.rehearsing import Rehearsed
from chameleon_migrations.running.rehearsing import requested as requested_rehearsal
from chameleon_migrations.terminal.interrupts import interruptible, leave_unchanged, was_interrupted

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep

log = logging.getLogger("alembic.chameleon_migrations")


@contextmanager
def _ends_the_command_line() -> Iterator[None]:
    """Print a refusal and end the process where alembic's command line runs: its own way has one exit status for all."""
    try:
        yield
    except UserError as error:
        options = context.config.cmd_opts
        if options is None or getattr(options, "raiseerr", False):
            raise
        sys.stderr.write(f"FAILED: {error}\n")
        raise SystemExit(error.exit_status) from error


@interruptible()
@_ends_the_command_line()
def run(head: MetaData | None = None, own_options: Collection[str] = ()) -> None:
    """Run the command that alembic was called for: against the configuration file's database, or as a script with ``--sql``.

    Args:
        head: The catalogue that the last revision makes, for ``check`` and ``revision --autogenerate``; by default that of
            our last revision, `head_metadata`.
        own_options: The names of ``-x`` options that the caller reads itself; any other that is not ours is refused.

    Raises:
        UserError: The configuration file, the database or the catalogue is not what the command needs.
    """
    with searched(context.config.get_version_locations_list() or []):
        _refuse_duplicate_revisions()
        for handler in logging.getLogger().handlers:
            handler.addFilter(visible.ESCAPED)
        options = context.get_x_argument(as_dictionary=True)
        check_options(options, own_options)
        settings = _read_settings(options)
        if context.is_offline_mode():
            print_script(settings, options)
        else:
            _run_online(settings, options, head or head_metadata())


def _refuse_duplicate_revisions() -> None:
    """Refuse two files of one revision, as a copy is: alembic only warns, and takes the hooks and steps of one of them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Revision .* is present more than once")
        try:
            ScriptDirectory.from_config(context.config).get_heads()
        except UserWarning as warning:
            raise UserError(
                f"{warning}: two files in the version locations have this id; give one of them another 'revision', "
                "or delete it"
            ) from None


def _read_settings(options: Mapping[str, str]) -> Settings:
    """Return the configuration that ``-x config=``, the environment or alembic.ini names."""
    return config_file.load(
        config_file.find(
            options.get("config"),
            os.environ.get("CHAMELEON_CONFIG"),
            context.config.get_main_option("chameleon_config"),
        )
    )


def _run_online(settings: Settings, options: dict[str, str], head: MetaData) -> None:
    if settings.readable_by_others:
        log.warning(
            "%s, and the passwords in it, can be read by others on this host: chmod 600 %s",
            settings.path,
            shlex.quote(str(settings.path)),
        )
    attempt = Attempt(settings, options)
    rehearsing = requested_rehearsal(context.config) is not None
    try:
        with connected(context.config, settings, in_transaction=rehearsing) as connection:
            _run_on(connection, attempt, settings, options, head)
    except KeyboardInterrupt:
        if rehearsing:
            leave_unchanged()
        raise
    except lost() as error:
        if was_interrupted(error):
            raise KeyboardInterrupt from error
        said = f"PostgreSQL said: {one_line(error)}; nothing after that was done"
        raise UserError(said, FAILED if attempt.begun else REFUSED) from error
    except UnicodeDecodeError as error:
        raise UserError(
            "the database holds a name or a text that is not UTF-8, as one with the encoding SQL_ASCII can; expected UTF-8; "
            "nothing after that was done: rename what has it"
        ) from error


def _run_on(
    connection: Connection, attempt: Attempt, settings: Settings, options: dict[str, str], head: MetaData
) -> None:
    timeouts = read_timeouts(options)
    context.configure(
        connection=connection,
        version_table_schema=version_table.SCHEMA,
        transaction_per_migration=True,
        target_metadata=head,
        **OPTIONS,
        on_version_apply=attempt.applied,
        on_lock=attempt.locked,
        settings=settings,
        timeouts=timeouts,
        mysql=options.get("mysql", "ask"),
        caller_owns_transaction=connection.in_transaction(),
    )
    migration = context.get_context()
    if "destination_rev" not in migration.opts:
        _read(connection, migration, options)
        return
    with run_lock.held(connection, timeouts.wait) as own:
        _migrate(connection, own, attempt, options)


def _version(connection: Connection, options: Mapping[str, str]) -> str | None:
    return version_table.version(connection, context.script, create=options.get("create") == "YES")


def _migrate(connection: Connection, own: Connection, attempt: Attempt, options: dict[str, str]) -> None:
    """Take the command's steps on `connection`, and keep their history on the run lock's connection, `own`."""
    migration = context.get_context()
    version = _version(connection, options)
    refuse(ask(connection, [HISTORY_READABLE]), "nothing was changed")
    steps = _plan(migration, version)
    if steps:
        _set_parameters(connection, migration, options, versions(steps))
        found = _examine_steps(connection, steps, migration, version)
        if _asks(options):
            confirm(connection, version, steps, found)
        else:
            for line in found.plan.lines() if found.plan else ():
                log.info("plan: %s", line.strip())
    elif version is not None:
        refuse(ask(connection, ALWAYS), "nothing was changed")
    if requested_rehearsal(context.config):
        execute(connection, sql("common/keep_sequences.sql"))
    _end_transaction(connection, migration)
    version_table.adopt(connection, migration, context.script, version)
    _end_transaction(connection, migration)
    if not steps:
        log.info("the catalogue is %s: there is nothing to do", version)
    recorder = connection if migration.opts["caller_owns_transaction"] else own
    with attempt.recorded(recorder, steps) if steps else nullcontext():
        _run_steps(migration, attempt)
    if steps and (at_the_end := requested_rehearsal(context.config)):
        at_the_end(Rehearsed(connection, versions(steps), attempt.summary(), found.warnings))
    elif any(hasattr(step, "revision") for step in steps):
        show_end(steps, attempt.summary(), migration.opts["settings"])


def _asks(options: Mapping[str, str]) -> bool:
    """Return whether to ask for confirmation: at a terminal, and not confirmed by option."""
    at_terminal = sys.stdin is not None and sys.stdin.isatty()
    return at_terminal and options.get("confirm") != "YES" and not requested_rehearsal(context.config)


def _set_parameters(
    connection: Connection,
    migration: MigrationContext,
    options: Mapping[str, str],
    path: Sequence[str] = (),
) -> None:
    refuse_unencodable(connection, migration.opts["settings"])
    execute(connection, setting(session_parameters(migration.opts["settings"], options, path)))


def _run_steps(migration: MigrationContext, attempt: Attempt) -> None:
    try:
        context.run_migrations()
    except StepFailed as failure:
        if migration.opts["caller_owns_transaction"]:
            raise
        raise UserError(
            f"{failure}; it is undone: the catalogue that is live is {attempt.live}, whole"
        ) from failure


def _read(connection: Connection, migration: MigrationContext, options: Mapping[str, str]) -> None:
    """Run a command that changes no revision; what it does is undone, and so is the version's adoption for alembic's own."""
    version = _version(connection, options)
    refuse(ask(connection, [HISTORY_READABLE]), "nothing was changed")
    read = requested(migration)
    with connection.begin_nested() as nothing_stays:
        if read:
            _set_parameters(connection, migration, options)
            heads = version_table.heads(migration, context.script, version)
            settings, mysql = migration.opts["settings"], migration.opts["mysql"]
            read(Reading(connection, settings, mysql, version, heads, context.script))
        else:
            stamped = migration.get_current_heads()
            if not stamped or version_table.heads(migration, context.script, version) != stamped:
                refuse(ask(connection, BEFORE_WRITING), "nothing was changed")
                version_table.adopt(connection, migration, context.script, version)
            context.run_migrations()
        nothing_stays.rollback()


def _plan(migration: MigrationContext, version: str | None) -> Sequence[RevisionStep]:
    """Return the steps that the command will take from `version`."""
    heads = version_table.heads(migration, context.script, version)
    return list(migration.opts["fn"](heads, migration))


def _examine_steps(
    connection: Connection, steps: Sequence[RevisionStep], migration: MigrationContext, version: str | None
) -> Examination:
    """Ask the checks that can be asked already, so that a refusal comes before anything is written.

    Those are the first step's, and in a downgrade every step's: a later catalogue has all that they read. The views
    that they set up are undone, for no step may alter a column that one reads.
    """
    settings, mysql = migration.opts["settings"], migration.opts["mysql"]
    hooks = [_hook(step) for step in steps]
    asked = list(filter(None, hooks if steps[0].is_downgrade else hooks[:1]))
    always = BEFORE_WRITING if version is None else ALWAYS
    with connection.begin_nested() as nothing_stays:
        found = examine(connection, asked, settings, mysql, always)
        refuse(found.outcomes, "nothing was changed", settings.path)
        nothing_stays.rollback()
    for line in found.warnings:
        log.warning(line)
    return found


def _hook(step: RevisionStep) -> Hook | None:
    """Return the hook of the revision of `step`; a step that stamps has none."""
    revision = getattr(step, "revision", None)
    return revision and find(context.script, revision.revision, UPGRADE if step.is_upgrade else DOWNGRADE)


def _end_transaction(connection: Connection, migration: MigrationContext) -> None:
    if not migration.opts["caller_owns_transaction"]:
        connection.commit()

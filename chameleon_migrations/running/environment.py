"""What happens around the revisions: connect, find out the catalogue's version, check, ask, and start from there."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

from alembic import context
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations.autogenerate.comparison import OPTIONS
from chameleon_migrations.autogenerate.head import metadata
from chameleon_migrations.checks import common, hooks
from chameleon_migrations.checks.merge_plan import Merger, merger
from chameleon_migrations.config.settings import Settings, find, load
from chameleon_migrations.database import attempts, run_lock, session, sql_files, version_table
from chameleon_migrations.database.catalogue import CATALOGUE
from chameleon_migrations.database.timeouts import patience
from chameleon_migrations.errors import StepFailed, UserError, lost, one_line
from chameleon_migrations.terminal.interrupts import interruptible, was_interrupted

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext, RevisionStep

log = logging.getLogger("alembic.chameleon_migrations")


@interruptible()
def run() -> None:
    """Run the command that alembic was called for, against the configuration file's database.

    Raises:
        UserError: The configuration file, the database or the catalogue is not what the command needs.
    """
    sql_files.look_in(context.config.get_version_locations_list() or [])
    options = context.get_x_argument(as_dictionary=True)
    settings = read_settings(options)
    if settings.readable_by_others:
        log.warning(
            "%s, and the passwords in it, can be read by others on this host: chmod 600 %s",
            settings.path,
            settings.path,
        )
    try:
        with _connect(settings) as connection:
            _run_on(connection, settings, options)
    except lost() as error:
        if was_interrupted(error):
            raise KeyboardInterrupt from error
        raise UserError(f"PostgreSQL said: {one_line(error)}; nothing after that was done") from error


def read_settings(options: dict[str, str]) -> Settings:
    """Return the configuration that ``-x config=``, the environment or alembic.ini names."""
    return load(
        find(
            options.get("config"),
            os.environ.get("CHAMELEON_CONFIG"),
            context.config.get_main_option("chameleon_config"),
        )
    )


def _run_on(connection: Connection, settings: Settings, options: dict[str, str]) -> None:
    attempt = attempts.Attempt(settings, options)
    patient = patience(options)
    context.configure(
        connection=connection,
        version_table_schema=version_table.SCHEMA,
        transaction_per_migration=True,
        target_metadata=metadata,
        **OPTIONS,
        on_version_apply=attempt.applied,
        settings=settings,
        patience=patient,
        mysql=_mysql_mode(options),
        caller_owns_transaction=connection.in_transaction(),
    )
    migration = context.get_context()
    if "destination_rev" not in migration.opts:
        _look(connection, migration, _version(connection, options))
        return
    with run_lock.held(connection, patient.wait) as own:
        _migrate(connection, own, attempt, options)


def _mysql_mode(options: dict[str, str]) -> str:
    mode = options.get("mysql", "ask")
    if mode not in ("ask", "require", "skip"):
        raise UserError(f"-x mysql={mode}: found no such way to ask MySQL; needed: ask, require or skip")
    return mode


def _version(connection: Connection, options: dict[str, str]) -> str | None:
    return version_table.version(connection, context.script, create=options.get("create") == "YES")


def _migrate(
    connection: Connection, own: Connection, attempt: attempts.Attempt, options: dict[str, str]
) -> None:
    """Take the command's steps on `connection`, and keep their history on the run lock's connection, `own`."""
    migration = context.get_context()
    version = _version(connection, options)
    if version is not None:
        hooks.refuse(connection, [common.INTERRUPTED], "nothing was changed")
    steps = _plan(migration, version)
    if steps:
        connection.execute(
            text("SELECT set_config('chameleon.create', :create, false)"),
            {"create": options.get("create", "")},
        )
        plan = _check_first(connection, steps, migration)
        if options.get("confirm") != "YES" and sys.stdin.isatty():
            _ask(connection, version, steps, plan)
    _end_transaction(connection, migration)
    version_table.adopt(connection, migration, context.script, version)
    _end_transaction(connection, migration)
    if not steps:
        log.info("the catalogue is %s: there is nothing to do", version)
    recorder = connection if migration.opts["caller_owns_transaction"] else own
    with attempt.recorded(recorder, steps) if steps else nullcontext():
        _run_steps(migration, attempt)


def _run_steps(migration: MigrationContext, attempt: attempts.Attempt) -> None:
    try:
        context.run_migrations()
    except StepFailed as failure:
        if migration.opts["caller_owns_transaction"]:
            raise
        raise UserError(
            f"{failure}; it is undone: the catalogue that is live is {attempt.live}, whole"
        ) from failure


def _look(connection: Connection, migration: MigrationContext, version: str | None) -> None:
    """Run a command that changes no revision; what it does is undone, and so is the version's adoption for alembic's own."""
    with connection.begin_nested() as nothing_stays:
        if "look" in migration.opts:
            migration.opts["look"](migration, version)
        else:
            version_table.adopt(connection, migration, context.script, version)
            context.run_migrations()
        nothing_stays.rollback()


@contextmanager
def _connect(settings: Settings) -> Iterator[Connection]:
    """Yield a connection: the caller's own from ``config.attributes["connection"]``, or one to `settings`."""
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        yield given
        return
    engine = given if isinstance(given, Engine) else create_engine(settings.url, poolclass=NullPool)
    with session.opened(engine) as connection:
        yield connection


def _plan(migration: MigrationContext, version: str | None) -> Sequence[RevisionStep]:
    """Return the steps that the command will take from `version`."""
    heads = version_table.heads(migration, context.script, version)
    return list(migration.opts["fn"](heads, migration))


def _check_first(
    connection: Connection, steps: Sequence[RevisionStep], migration: MigrationContext
) -> Merger | None:
    """Run the checks that can be asked already, so that a refusal comes before anything is written.

    Those are the first step's, and in a downgrade every step's: a later catalogue has all that they read. The views
    that they set up are undone, for no step may alter a column that one reads.

    Returns:
        What the upgrade from 1.7 would merge into what, where it is one.
    """
    settings, mode = migration.opts["settings"], migration.opts["mysql"]
    asked = list(filter(None, map(_hook, steps if steps[0].is_downgrade else steps[:1])))
    with connection.begin_nested() as nothing_stays:
        for hook in asked:
            hooks.check(connection, hook, settings)
        told = [line for hook in asked for line in hooks.passed_over(connection, hook)]
        told += [line for hook in asked for line in hooks.ask_servers(connection, hook, settings, mode)]
        for line in dict.fromkeys(told):
            log.warning(line)
        plan = merger(connection) if any(hook.servers for hook in asked) else None
        nothing_stays.rollback()
    return plan


def _hook(step: RevisionStep) -> hooks.Hook | None:
    """Return what is registered under the revision of `step`; a step that stamps has none."""
    revision = getattr(step, "revision", None)
    return revision and hooks.find(revision.revision, hooks.UPGRADE if step.is_upgrade else hooks.DOWNGRADE)


def _ask(
    connection: Connection, version: str | None, steps: Sequence[RevisionStep], plan: Merger | None
) -> None:
    """Show the plan, and ask the person who is there to answer."""
    if plan:
        plan.show(context.config)
    target = steps[-1].to_revisions_no_deps
    url = connection.engine.url
    question = (
        f"Take the catalogue {CATALOGUE} of the database {url.database} on {url.host} from {version} to "
        f"{', '.join(target) or 'nothing'}? Only YES goes on: "
    )
    if input(question) != "YES":
        raise UserError("the answer was not YES; nothing was changed")


def _end_transaction(connection: Connection, migration: MigrationContext) -> None:
    if not migration.opts["caller_owns_transaction"]:
        connection.commit()

"""What ``--sql`` prints around the revisions: a script that a person reads, and psql runs."""

from __future__ import annotations

import json
from collections.abc import Mapping

from alembic import context
from sqlalchemy import delete, insert, table
from sqlalchemy.schema import CreateSchema, CreateTable

from chameleon_migrations import __version__
from chameleon_migrations.checks.check import read_check
from chameleon_migrations.checks.hook import ALWAYS, BEFORE_WRITING
from chameleon_migrations.checks.parameters import session_parameters, setting, versions
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database import version_table
from chameleon_migrations.database.session import SETTINGS
from chameleon_migrations.database.sql_text import literal
from chameleon_migrations.database.timeouts import read_timeouts
from chameleon_migrations.errors import UserError

_HEADER = """\
-- chameleon-migrations {version}: the replica catalogue from {start} to {target}.
--
-- Run it with psql, as the role in pg_conn, on the database that pg_chameleon replicates into, with pg_chameleon stopped:
--
--     psql --no-psqlrc --file=THIS_FILE DATABASE
--
-- It stops at the first error, and undoes the transaction that it is in. What has been committed before is whole: the batches
-- that were replayed, and each version that was reached.
--
-- What a script cannot do, and the same command without --sql does:
--   - ask MySQL whether the binlog files of the resume positions are still there;
--   - ask you before it changes anything;
--   - try the lock on the catalogue more than once, keep a second run out, or write the history;
--   - keep what had been built when a step fails: here that is undone with the rest.

\\set ON_ERROR_STOP on
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT set_config(ours.name, ours.value, false)
FROM pg_catalog.pg_settings AS known
JOIN jsonb_each_text({settings}) AS ours (name, value) ON ours.name = lower(known.name);"""

_CHECK_START = """\
DO $check$
DECLARE
    found text := (SELECT string_agg(t_version, ', ') FROM sch_chameleon.v_version);
BEGIN
    IF found IS DISTINCT FROM {start} THEN
        RAISE EXCEPTION 'the catalogue is %, and this script starts from %', coalesce(found, 'without a version'), {start}
            USING HINT = 'Print the script again, from the version that the catalogue has.';
    END IF;
END
$check$;"""


def print_script(settings: Settings, options: Mapping[str, str]) -> None:
    """Print the script of the command that alembic was called for.

    Args:
        settings: The configuration file.
        options: The ``-x`` options.

    Raises:
        UserError: It is not said which version to start from.
    """
    start = context.get_starting_revision_argument()
    if start is None and options.get("create") != "YES":
        raise UserError(
            "--sql does not look into the database; needed is the version to start from, which alembic current "
            "prints: alembic upgrade 1.7:head --sql"
        )
    context.configure(
        dialect_name="postgresql",
        literal_binds=True,
        dialect_opts={"paramstyle": "named"},
        version_table_schema=version_table.SCHEMA,
        transaction_per_migration=True,
        settings=settings,
        timeouts=read_timeouts(options),
    )
    migration = context.get_context()
    path = versions(list(migration.opts["fn"](migration.get_current_heads(), migration)))
    _print_head(None if start is None else str(start), session_parameters(settings, options, path))
    with context.begin_transaction():
        context.run_migrations()


def _print_head(start: str | None, values: Mapping[str, str]) -> None:
    """Print the head, and what makes the version table say `start`."""
    impl = context.get_context().impl
    target = context.get_revision_argument()
    impl.static_output(
        _HEADER.format(
            version=__version__,
            start=start or "nothing",
            target=target or "nothing",
            settings=literal(json.dumps(SETTINGS)),
        )
    )
    impl.static_output(f"{setting(values)};")
    impl.emit_begin()
    if start is not None:
        impl.static_output(_CHECK_START.format(start=literal(start)))
    for check in BEFORE_WRITING if start is None else ALWAYS:
        impl.static_output(f"{read_check(check).as_statement()};")
    context.execute(CreateSchema(version_table.SCHEMA, if_not_exists=True))
    if start is not None:
        _print_adoption(start)
        for statement in version_table.sharing():
            impl.static_output(statement)
    impl.emit_commit()


def _print_adoption(start: str) -> None:
    migration = context.get_context()
    versions = migration.impl.version_table_impl(
        version_table=migration.version_table,
        version_table_schema=version_table.SCHEMA,
        version_table_pk=True,
    )
    context.execute(CreateTable(versions, if_not_exists=True))
    context.execute(delete(table(migration.version_table, schema=version_table.SCHEMA)))
    context.execute(insert(versions).values(version_num=start))

"""The version table follows the catalogue: what ``v_version`` says is adopted where the table says something else."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from alembic.script.revision import RevisionError
from sqlalchemy import Connection, delete, table
from sqlalchemy.schema import CreateSchema

from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1, read_version, schema_exists
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import execute
from chameleon_migrations.errors import UserError

if TYPE_CHECKING:
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

log = logging.getLogger("alembic.chameleon_migrations")

SCHEMA = "chameleon_migrations"
"""The schema of the version table: neither the catalogue's, which is renamed, nor ``public``, which is the user's."""

_VERSION = re.compile(r"\d+(\.\d+)+")


def version(connection: Connection, script: ScriptDirectory, *, create: bool) -> str | None:
    """Return the catalogue's version, which is the id of a revision, or None where a catalogue is to be created.

    Raises:
        UserError: There is no catalogue and `create` does not ask for one, or its version is not known.
    """
    found = read_version(connection)
    if found is None and schema_exists(connection, CATALOGUE_V1):
        raise UserError(
            f"there is no schema {CATALOGUE}, and the 1.7 catalogue is in {CATALOGUE_V1}: an upgrade that pg_chameleon itself "
            f"had begun was interrupted; put it back with ALTER SCHEMA {CATALOGUE_V1} RENAME TO {CATALOGUE} and run again"
        )
    if found is None and not create:
        database = connection.engine.url.database
        raise UserError(
            f"the database {database} has no replica catalogue (no schema {CATALOGUE}); needed is the database that "
            "pg_chameleon replicates into: check pg_conn in the configuration file, or create an empty catalogue with "
            "-x create=YES"
        )
    if found is not None and found not in _known(script):
        raise UserError(
            f"the catalogue's version is {found}; known are {', '.join(reversed(_known(script)))}: "
            "bring an older catalogue to 1.7 with pg_chameleon 1.8.2, or install a later chameleon-migrations"
        )
    return found


def _known(script: ScriptDirectory) -> list[str]:
    return [
        revision.revision for revision in script.walk_revisions() if _VERSION.fullmatch(revision.revision)
    ]


def heads(migration: MigrationContext, script: ScriptDirectory, version: str | None) -> tuple[str, ...]:
    """Return the revisions to start from: the version table's where they agree with `version`, else that."""
    stamped = migration.get_current_heads()
    if _implied(script, stamped) == version:
        return stamped
    return () if version is None else (version,)


def _implied(script: ScriptDirectory, stamped: tuple[str, ...]) -> str | None:
    """Return the catalogue version at or below the revisions `stamped`; those of a user may leave it unchanged."""
    try:
        lineage = script.iterate_revisions(stamped, "base") if stamped else ()
        return next((rev.revision for rev in lineage if _VERSION.fullmatch(rev.revision)), None)
    except RevisionError:
        return None


def adopt(
    connection: Connection, migration: MigrationContext, script: ScriptDirectory, version: str | None
) -> None:
    """Make the version table say `version`, where it does not; it is created where it is missing."""
    if not schema_exists(connection, SCHEMA):
        connection.execute(CreateSchema(SCHEMA))
    _say_version(connection, migration, script, version)
    for statement in sharing():
        execute(connection, statement)


def sharing() -> Sequence[str]:
    """Return the statements that give `SCHEMA`, and the tables in it, to the catalogue's owner, with the catalogue's grants."""
    return [sql("common/share_own_schema.sql"), sql("common/share_rights.sql")]


def _say_version(
    connection: Connection, migration: MigrationContext, script: ScriptDirectory, version: str | None
) -> None:
    stamped = migration.get_current_heads()
    start = heads(migration, script, version)
    if start == stamped:
        return
    if not stamped:
        log.info("the version table is new, and begins at the catalogue's version, %s", version)
    if stamped:
        said = ", ".join(stamped)
        log.info("the catalogue is %s, the version table said %s: the catalogue is right", version, said)
        connection.execute(delete(table(migration.version_table, schema=SCHEMA)))
    if version is not None:
        migration.stamp(script, version)

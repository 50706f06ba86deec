"""The replica catalogue in a database: the schemas it may be in, and which version it is."""

from __future__ import annotations

from sqlalchemy import Connection, column, select, table, text

from chameleon_migrations.errors import UserError

CATALOGUE = "sch_chameleon"
"""The schema of the live catalogue, whatever its version."""

CATALOGUE_V1 = "_sch_chameleon_version1"
"""Where the upgrade to 2.0.0 keeps the 1.7 catalogue, and the downgrade finds it."""

CATALOGUE_V2 = "_sch_chameleon_version2"
"""Where a downgrade, and an upgrade that failed, keep what there is of the 2.0 catalogue."""


def schema_exists(connection: Connection, schema: str) -> bool:
    """Tell whether `schema` exists, also where the role may not use it."""
    found = text("SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = :schema)")
    return bool(connection.scalar(found, {"schema": schema}))


def read_version(connection: Connection) -> str | None:
    """Return the version that the live catalogue says it has, or None where there is no catalogue.

    Raises:
        UserError: There is a schema `CATALOGUE` without a readable ``v_version`` of one row.
    """
    if not schema_exists(connection, CATALOGUE):
        return None
    if not _may_read_version(connection):
        raise UserError(
            f"the schema {CATALOGUE} has no view v_version that this role may read, so it is no replica catalogue "
            "or one that is not whole; needed is pg_chameleon's catalogue and the role that owns it: "
            "check pg_conn in the configuration file"
        )
    view = table("v_version", column("t_version"), schema=CATALOGUE)
    versions = connection.scalars(select(view.c.t_version)).all()
    if len(versions) != 1 or not versions[0]:
        raise UserError(
            f"{CATALOGUE}.v_version names {len(versions)} versions; needed is exactly one: "
            "restore the view from a backup of the catalogue"
        )
    return str(versions[0])


def _may_read_version(connection: Connection) -> bool:
    readable = text(
        "SELECT count(*) = 1 FROM pg_catalog.pg_attribute att"
        " JOIN pg_catalog.pg_class cls ON cls.oid = att.attrelid"
        " JOIN pg_catalog.pg_namespace sch ON sch.oid = cls.relnamespace"
        " WHERE sch.nspname = :schema AND cls.relname = 'v_version' AND att.attname = 't_version'"
        " AND has_schema_privilege(sch.oid, 'USAGE') AND has_table_privilege(cls.oid, 'SELECT')"
    )
    return bool(connection.scalar(readable, {"schema": CATALOGUE}))

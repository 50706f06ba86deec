"""Everything in a database that a migration could change, to compare before and after."""

from __future__ import annotations

from typing import Any

from psycopg2 import sql
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool


def snapshot(url: URL, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the rows of every table and the definition of every view, function and type, by name.

    The history is left out: it records failures, which change nothing else.

    Args:
        url: The database.
        without: Schemas to leave out.
    """
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        schemas = [name for name in connection.scalars(text(_SCHEMAS)) if name not in without]
        tables = connection.execute(text(_TABLES), {"schemas": schemas}).all()
        rows: dict[str, list[str]] = {f"{schema}.{name}": [] for schema, name in tables}
        if tables:
            cursor = connection.connection.cursor()
            cursor.execute(sql.SQL(" UNION ALL ").join(_rows(schema, name) for schema, name in tables))
            for table, row in cursor.fetchall():
                rows[table].append(row)
        objects = sorted(tuple(row) for row in connection.execute(text(_OBJECTS), {"schemas": schemas}))
        return {
            "schemas": schemas,
            "rows": {name: sorted(found) for name, found in rows.items()},
            "objects": objects,
        }


def _rows(schema: str, name: str) -> sql.Composable:
    return sql.SQL("SELECT {}::text, ROW(t.*)::text FROM ONLY {} t").format(
        sql.Literal(f"{schema}.{name}"), sql.Identifier(schema, name)
    )


_SCHEMAS = """
    SELECT nspname FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema' ORDER BY 1
"""
_TABLES = """
    SELECT nspname, relname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind IN ('r', 'S') AND nspname = ANY(:schemas)
        AND NOT (nspname = 'chameleon_migrations' AND relname LIKE 'history%') ORDER BY 1, 2
"""
_OBJECTS = """
    SELECT nspname, relname, relkind::text, coalesce(relacl::text, ''), pg_get_userbyid(relowner),
        CASE WHEN relkind = 'v' THEN pg_get_viewdef(pg_class.oid) ELSE (
            SELECT coalesce(string_agg(format('%s %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum), '')
            FROM pg_attribute WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
        ) END
    FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname = ANY(:schemas) AND NOT (nspname = 'chameleon_migrations' AND relname LIKE 'history%')
    UNION ALL
    SELECT nspname, proname, 'function', coalesce(proacl::text, ''), pg_get_userbyid(proowner), prosrc
    FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace WHERE nspname = ANY(:schemas)
    UNION ALL
    SELECT nspname, typname, 'type', coalesce(typacl::text, ''), pg_get_userbyid(typowner),
        (SELECT coalesce(string_agg(enumlabel, ',' ORDER BY enumsortorder), '') FROM pg_enum WHERE enumtypid = pg_type.oid)
    FROM pg_type JOIN pg_namespace ON pg_namespace.oid = typnamespace
    WHERE nspname = ANY(:schemas) AND NOT (nspname = 'chameleon_migrations' AND typname LIKE '%history')
"""

"""The structure of a catalogue, read from a live database in the shape of ``versions/*/structure.json``."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, text

from devtools.config_file import ROOT

CATALOGUE = "sch_chameleon"

Structure = dict[str, Any]
"""Keys ``tables``, ``enums``, ``composites``, ``views``, ``functions`` and ``aggregates``."""

# A log table of a source differs from the catalogue's own tables in what it inherits.
_TABLES = """
SELECT c.relname, c.oid, parent.relname AS inherits
FROM pg_class c
LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
LEFT JOIN pg_class parent ON parent.oid = i.inhparent
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'r'
  AND parent.relname IS DISTINCT FROM 't_log_replica'
ORDER BY c.relname"""

_COLUMNS = """
SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
       pg_get_expr(d.adbin, d.adrelid) AS "default"
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = :oid AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attname"""

# PostgreSQL 18 keeps NOT NULL among the constraints; it is in the columns already.
_CONSTRAINTS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = :oid AND contype <> 'n' ORDER BY conname"""

_INDEXES = """
SELECT c.relname, pg_get_indexdef(c.oid)
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = :oid AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = c.oid AND conrelid = :oid)
ORDER BY c.relname"""

_ENUMS = """
SELECT t.typname, array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
FROM pg_type t JOIN pg_enum e ON e.enumtypid = t.oid
WHERE t.typnamespace = to_regnamespace(:schema) GROUP BY t.typname ORDER BY t.typname"""

_COMPOSITES = """
SELECT c.relname,
       array_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'c' GROUP BY c.relname ORDER BY c.relname"""

_VIEWS = """
SELECT c.relname,
       json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod))
                ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = to_regnamespace(:schema) AND c.relkind = 'v' GROUP BY c.relname ORDER BY c.relname"""

_FUNCTIONS = """
SELECT p.proname AS name, oidvectortypes(p.proargtypes) AS arguments,
       format_type(p.prorettype, NULL) AS returns, l.lanname AS language
FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
WHERE p.pronamespace = to_regnamespace(:schema)
  AND NOT EXISTS (SELECT FROM pg_aggregate WHERE aggfnoid = p.oid)
ORDER BY p.proname, arguments"""

_AGGREGATES = """
SELECT p.proname AS name, oidvectortypes(p.proargtypes) AS arguments,
       format_type(a.aggtranstype, NULL) AS state, a.agginitval AS initial
FROM pg_proc p JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.pronamespace = to_regnamespace(:schema) ORDER BY p.proname, arguments"""


def recorded(version: str) -> Structure:
    """Return the structure of catalogue `version` as pg_chameleon installs it, the columns sorted by name."""
    found: Structure = json.loads((ROOT / "versions" / version / "structure.json").read_text())
    for table in found["tables"].values():
        table["columns"].sort(key=lambda column: column["name"])
    return found


def structure(connection: Connection, schema: str = CATALOGUE) -> Structure:
    """Return the structure of `schema`, its own name taken out, the columns of tables sorted by name.

    Order says nothing: pg_chameleon's upgrades leave the columns in another one than its installations.
    """
    return {
        "tables": {
            row["relname"]: _table(connection, schema, row["oid"], row["inherits"])
            for row in _rows(connection, _TABLES, schema)
        },
        "enums": _pairs(connection, _ENUMS, schema),
        "composites": _pairs(connection, _COMPOSITES, schema),
        "views": _pairs(connection, _VIEWS, schema),
        "functions": _rows(connection, _FUNCTIONS, schema),
        "aggregates": _rows(connection, _AGGREGATES, schema),
    }


def _table(connection: Connection, schema: str, oid: int, inherits: str | None) -> Structure:
    return {
        "columns": _rows(connection, _COLUMNS, schema, oid),
        "constraints": _pairs(connection, _CONSTRAINTS, schema, oid),
        "indexes": _pairs(connection, _INDEXES, schema, oid),
        "inherits": inherits,
    }


def _pairs(connection: Connection, query: str, schema: str, oid: int | None = None) -> Structure:
    return dict(tuple(row.values()) for row in _rows(connection, query, schema, oid))


def _rows(connection: Connection, query: str, schema: str, oid: int | None = None) -> list[Structure]:
    found = connection.execute(text(query), {"schema": schema, "oid": oid}).mappings()
    return [{key: _stripped(value, schema) for key, value in row.items()} for row in found]


def _stripped(value: object, schema: str) -> object:
    return value.replace(f"{schema}.", "") if isinstance(value, str) else value

"""What ``alembic check`` and ``alembic revision --autogenerate`` compare besides what alembic does itself.

Alembic compares tables, columns, indexes and foreign keys with the metadata. Types, functions, aggregates and views are
compared as PostgreSQL prints them: those that are there with those that the metadata's SQL files make. Neither library for it
would do: alembic-utils knows no aggregates, and drops each object with all that depends on it to see what it would be;
alembic-postgresql-enum adds labels by a statement that PostgreSQL 10 and 11 refuse in a transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, cast

from alembic.operations import Operations, ops
from alembic.util import DispatchPriority, PriorityDispatchResult
from sqlalchemy import Connection, MetaData, Table, text
from sqlalchemy.dialects.postgresql import ENUM

from chameleon_migrations.database.catalogue import CATALOGUE
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import execute, identifier
from chameleon_migrations.operations.objects import DropObjects, InstallObjects, SetEnumLabels

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext
    from alembic.runtime.plugins import Plugin

log = logging.getLogger("alembic.chameleon_migrations")

ASIDE = "chameleon_migrations"
"""The schema to which the catalogue's objects are moved while those of the files are read: that of the version table."""

# A row per object as `DropObjects` names it, and its definition. v_version is left out, which says another version in each.
_OBJECTS = text("""
    SELECT
        format(
            '%s %I(%s)', CASE WHEN aggfnoid IS NULL THEN 'FUNCTION' ELSE 'AGGREGATE' END,
            proname, oidvectortypes(proargtypes)
        ) AS name,
        CASE WHEN aggfnoid IS NULL THEN pg_get_functiondef(pg_proc.oid)
            ELSE concat_ws(' ', aggtransfn, format_type(aggtranstype, NULL), aggfinalfn, agginitval) END AS definition
    FROM pg_proc
    LEFT JOIN pg_aggregate ON aggfnoid = pg_proc.oid
    WHERE pronamespace = to_regnamespace(:schema)
    UNION ALL
    SELECT format('VIEW %I', relname), pg_get_viewdef(oid)
    FROM pg_class
    WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'v' AND relname <> 'v_version'
    UNION ALL
    SELECT
        format('TYPE %I', relname),
        string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum)
    FROM pg_class
    JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'c' AND attnum > 0 AND NOT attisdropped
    GROUP BY relname
""")

_ENUMS = text("""
    SELECT typname, array_agg(enumlabel::text ORDER BY enumsortorder)
    FROM pg_type
    JOIN pg_enum ON enumtypid = pg_type.oid
    WHERE typnamespace = to_regnamespace(:schema)
    GROUP BY typname
""")


def of_the_catalogue(name: str | None, kind: str, parents: MutableMapping[Any, str | None]) -> bool:
    """Tell whether autogenerate looks at an object: those of the catalogue's schema, nothing else in the database."""
    return name == CATALOGUE if kind == "schema" else parents.get("schema_name") == CATALOGUE


def no_log_table(_: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:  # noqa: FBT001
    """Tell whether autogenerate compares an object: the log tables of sources are as many as there are sources."""
    return not (
        kind == "table" and reflected and compare_to is None and str(name).startswith("t_log_replica_")
    )


OPTIONS: Mapping[str, Any] = {
    "include_schemas": True,
    "include_name": of_the_catalogue,
    "include_object": no_log_table,
    "compare_server_default": True,
    "autogenerate_plugins": [
        "alembic.autogenerate.*",
        "alembic.ext.checkconstraint_byname",
        "chameleon_migrations",
    ],
}
"""The arguments of ``context.configure`` besides the metadata."""


def add_comparators(plugin: Plugin) -> None:
    """Make autogenerate compare what this module does, where `OPTIONS` name the plugin."""
    plugin.add_autogenerate_comparator(
        compare_enums, "schema", qualifier="postgresql", priority=DispatchPriority.FIRST
    )
    plugin.add_autogenerate_comparator(
        compare_objects, "schema", qualifier="postgresql", priority=DispatchPriority.LAST
    )
    plugin.add_autogenerate_comparator(compare_primary_keys, "table", qualifier="postgresql")


def compare_enums(context: AutogenContext, upgrade_ops: ops.UpgradeOps, _: object) -> PriorityDispatchResult:
    """Add to `upgrade_ops` a `SetEnumLabels` for each enum of the metadata's columns that the catalogue has otherwise."""
    connection, metadata = _compared(context)
    there = {name: tuple(labels) for name, labels in connection.execute(_ENUMS, {"schema": CATALOGUE})}
    declared = {
        column.type.name: tuple(column.type.enums)
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, ENUM)
    }
    for name in sorted({*there, *declared}):
        instead_of, labels = there.get(name, ()), declared.get(name, ())
        if instead_of != labels:
            log.info("Detected other labels of the enum %s", name)
            upgrade_ops.ops.append(SetEnumLabels(name, labels, instead_of))
    return PriorityDispatchResult.CONTINUE


def compare_objects(
    context: AutogenContext, upgrade_ops: ops.UpgradeOps, _: object
) -> PriorityDispatchResult:
    """Add to `upgrade_ops` an `InstallObjects` for each SQL file of the metadata that makes something else than is there.

    And a `DropObjects` for each object that none of the files makes.
    """
    connection, metadata = _compared(context)
    there = _objects(connection)
    with connection.begin_nested() as nothing_stays:
        _move_aside(connection, there)
        _add(context, upgrade_ops)
        made = _made(connection, metadata.info["files"])
        nothing_stays.rollback()
    for file, objects in made.items():
        added = tuple(sorted(objects.keys() - there.keys()))
        changed = tuple(
            sorted(name for name in objects.keys() & there.keys() if objects[name] != there[name])
        )
        if added or changed:
            log.info("Detected another definition of %s", ", ".join((*added, *changed)))
            upgrade_ops.ops.append(InstallObjects((file,), added, changed))
    for name in sorted(there.keys() - set().union(*made.values())):
        log.info("Detected %s, which no file makes", name)
        upgrade_ops.ops.append(DropObjects((name,)))
    return PriorityDispatchResult.CONTINUE


def _compared(context: AutogenContext) -> tuple[Connection, MetaData]:
    return cast("Connection", context.connection), cast("MetaData", context.metadata)


def _objects(connection: Connection) -> dict[str, str]:
    """Return the definition of each object in the catalogue's schema."""
    found = connection.execute(_OBJECTS, {"schema": CATALOGUE})
    return {row.name: row.definition for row in found}


def _move_aside(connection: Connection, objects: Iterable[str]) -> None:
    for described in objects:
        kind, name = described.split(" ", 1)
        execute(connection, f"ALTER {kind} {identifier(CATALOGUE)}.{name} SET SCHEMA {identifier(ASIDE)}")


def _add(context: AutogenContext, found: ops.OpContainer) -> None:
    """Add the tables, columns and enums that autogenerate found to be missing: what a file makes may need them."""
    for operation in found.ops:
        if isinstance(operation, ops.OpContainer):
            _add(context, operation)
        elif isinstance(operation, ops.CreateTableOp | ops.AddColumnOp):
            Operations(context.migration_context).invoke(operation)
        elif isinstance(operation, SetEnumLabels) and not operation.instead_of:
            for statement in operation.statements():
                execute(cast("Connection", context.connection), statement)


def _made(connection: Connection, files: Iterable[str]) -> dict[str, dict[str, str]]:
    """Run `files`, and return the definitions of what each of them makes. What is in a function may be missing."""
    execute(connection, "SET LOCAL check_function_bodies = off")
    made: dict[str, dict[str, str]] = {}
    before: dict[str, str] = {}
    for file in files:
        execute(connection, sql(file))
        now = _objects(connection)
        made[file] = {name: definition for name, definition in now.items() if before.get(name) != definition}
        before = now
    return made


def compare_primary_keys(
    _: AutogenContext,
    modify_ops: ops.ModifyTableOps,
    __: str | None,
    name: str,
    there: Table | None,
    declared: Table | None,
) -> PriorityDispatchResult:
    """Add to `modify_ops` what gives a table the primary key that the metadata says: alembic does not look at it."""
    if there is not None and declared is not None and _key(there) != _key(declared):
        log.info("Detected another primary key of %s", name)
        if there.primary_key.columns:
            modify_ops.ops.append(ops.DropConstraintOp.from_constraint(there.primary_key))
        modify_ops.ops.append(ops.CreatePrimaryKeyOp.from_constraint(declared.primary_key))
    return PriorityDispatchResult.CONTINUE


def _key(table: Table) -> tuple[object, list[str]]:
    return table.primary_key.name, list(table.primary_key.columns.keys())

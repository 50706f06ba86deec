"""What the SQL of checks and steps reads from the session's parameters, set by the command and by the script alike."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from chameleon_migrations import visible
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database.sql_files import structures
from chameleon_migrations.database.sql_text import literal
from chameleon_migrations.errors import UserError

if TYPE_CHECKING:
    from alembic.runtime.migration import RevisionStep


def session_parameters(
    settings: Settings, options: Mapping[str, str], path: Sequence[str] = ()
) -> dict[str, str]:
    """Return the parameters by name.

    ``chameleon.create`` is what ``-x create=`` says, ``chameleon.sources`` the configuration file's sources as
    ``2.0.0/plan.sql`` reads them, ``chameleon.columns`` what `column_changes` returns, ``chameleon.changes`` what `changes`
    returns, and ``chameleon.views`` the names of all versions' views.

    Args:
        settings: The configuration file.
        options: The ``-x`` options.
        path: The catalogue's version, and those that the command leads to, in this order.
    """
    sources = [
        {"name": source.name, "type": source.type, "schema_mappings": dict(source.schema_mappings)}
        for source in settings.sources
    ]
    return {
        "chameleon.create": options.get("create", ""),
        "chameleon.sources": json.dumps(sources, ensure_ascii=False),
        "chameleon.columns": json.dumps(column_changes()),
        "chameleon.changes": json.dumps(changes(path)),
        "chameleon.views": json.dumps(
            sorted({view for found in structures().values() for view in found["views"]})
        ),
    }


def setting(values: Mapping[str, str]) -> str:
    """Return the statement that sets the parameters `values` for the session."""
    settings = ", ".join(
        f"set_config({literal(name)}, {literal(value)}, false)" for name, value in values.items()
    )
    return f"SELECT {settings}"


def refuse_unencodable(connection: Connection, settings: Settings) -> None:
    """Refuse names in the configuration file that the database has no characters for.

    Raises:
        UserError: It lists them.
    """
    from psycopg2.extensions import encodings  # noqa: PLC0415 - no driver is loaded before it is needed

    encoding = str(connection.scalar(text("SELECT current_setting('server_encoding')")))
    codec = "utf-8" if encoding == "SQL_ASCII" else encodings.get(encoding, "utf-8")
    names = [
        name for source in settings.sources for name in (source.name, *chain(*source.schema_mappings.items()))
    ]
    if lacking := [name for name in names if not _fits(name, codec)]:
        found = f"{settings.path}: the encoding {encoding} of the database has no characters for a name"
        needed = "Give the source or schema a name that the database can hold, then run again."
        raise UserError("\n  ".join([f"{found}; nothing was changed.", *map(visible.line, lacking), needed]))


def _fits(name: str, codec: str) -> bool:
    try:
        name.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def column_changes() -> dict[str, list[tuple[str, str, str]]]:
    """Return, for each 2.0 version, the columns that it adds or gives another type: table, column, type.

    They are read from the versions' structures. 2.0.0 is where they are counted from.
    """
    known = {version: _columns(found) for version, found in structures().items() if version != "1.7"}
    changes: dict[str, list[tuple[str, str, str]]] = {next(iter(known)): []}
    for (_, before), (version, after) in pairwise(known.items()):
        changes[version] = [(*name, type_) for name, type_ in after.items() if before.get(name) != type_]
    return changes


def versions(steps: Sequence[RevisionStep]) -> list[str]:
    """Return the revisions that `steps` lead through, the one that they start from first."""
    ends = [revision for step in steps for revision in step.to_revisions_no_deps]
    return [*steps[0].from_revisions_no_deps, *ends] if steps else []


def changes(path: Sequence[str]) -> list[tuple[str, str | None, bool]]:
    """Return what the way through the versions `path` gives another type or drops.

    Each is the name of a table, view, function or type; the column, or None for the whole; and whether it is dropped. They
    are read from the versions' structures. Between 1.7 and 2.0.0 one catalogue replaces another, and nothing is changed.
    """
    known = structures()
    structure = [(version, known[version]) for version in path if version in known]
    return [
        change
        for (start, before), (end, after) in pairwise(structure)
        if "1.7" not in (start, end)
        for change in (*_retyped(before, after), *_dropped(before, after))
    ]


def _retyped(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str | None, bool]]:
    there = _columns(after)
    for (table, column), type_ in _columns(before).items():
        if table in after["tables"] and there.get((table, column)) != type_:
            yield table, column, (table, column) not in there


def _dropped(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, str | None, bool]]:
    for name in _names(before) - _names(after):
        yield name, None, True


def _names(structure: Mapping[str, Any]) -> set[str]:
    functions = (found["name"] for found in structure["functions"])
    return {
        *structure["tables"],
        *structure["views"],
        *structure["enums"],
        *structure["composites"],
        *functions,
    }


def _columns(structure: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (table, column["name"]): column["type"]
        for table, found in structure["tables"].items()
        for column in found["columns"]
    }

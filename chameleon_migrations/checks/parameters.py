"""What the SQL of checks and steps reads from the session's parameters, set by the command and by the script alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import chain, pairwise
from typing import Any

from sqlalchemy import Connection, text

from chameleon_migrations import visible
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database.sql_files import structures
from chameleon_migrations.database.sql_text import literal
from chameleon_migrations.errors import UserError


def session_parameters(settings: Settings, options: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters by name.

    ``chameleon.create`` is what ``-x create=`` says, ``chameleon.sources`` the configuration file's sources as
    ``2.0.0/plan.sql`` reads them, and ``chameleon.columns`` what `column_changes` returns.
    """
    sources = [
        {"name": source.name, "type": source.type, "schema_mappings": dict(source.schema_mappings)}
        for source in settings.sources
    ]
    return {
        "chameleon.create": options.get("create", ""),
        "chameleon.sources": json.dumps(sources, ensure_ascii=False),
        "chameleon.columns": json.dumps(column_changes()),
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


def _columns(structure: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    return {
        (table, column["name"]): column["type"]
        for table, found in structure["tables"].items()
        for column in found["columns"]
    }

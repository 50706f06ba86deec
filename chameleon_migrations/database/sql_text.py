"""SQL text: composed for both of alembic's modes, sent to PostgreSQL or printed with ``--sql``, and executed unchanged."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, CursorResult
from sqlalchemy.dialects.postgresql.base import PGDialect

identifier = PGDialect(paramstyle="named").identifier_preparer.quote  # type: ignore[no-untyped-call]
"""Returns a name as an identifier in SQL, in quotes where it needs them."""


def literal(value: str) -> str:
    """Return `value` as a string literal that means the same whatever ``standard_conforming_strings`` is."""
    doubled = value.replace("'", "''")
    if "\\" not in doubled:
        return f"'{doubled}'"
    return "E'" + doubled.replace("\\", "\\\\") + "'"


def execute(connection: Connection, statement: str) -> CursorResult[Any]:
    """Send `statement` as it stands: a ``%``, a ``:x`` or a function's body in it means nothing to the driver."""
    return connection.exec_driver_sql(statement, execution_options={"no_parameters": True})

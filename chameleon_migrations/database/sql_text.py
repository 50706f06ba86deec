"""SQL text for both of alembic's modes: sent to PostgreSQL, or printed with ``--sql``."""

from __future__ import annotations


def literal(value: str) -> str:
    """Return `value` as a string literal that means the same whatever ``standard_conforming_strings`` is."""
    doubled = value.replace("'", "''")
    if "\\" not in doubled:
        return f"'{doubled}'"
    return "E'" + doubled.replace("\\", "\\\\") + "'"

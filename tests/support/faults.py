"""Errors put into the statements that alembic sends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

APART = 7
"""How many statements apart the errors are in a quick test; tests/safety/test_statements.py puts one into each."""

_STATEMENT = re.compile(r"(?:(\$\w*\$).*?\1|--[^\n]*|'[^']*'|[^;])+;?", re.DOTALL)
"""One of the statements that a file of SQL holds and that are sent as one."""


@dataclass
class Statements:
    """The statements counted so far, and the one that was made to fail."""

    count: int = 0
    failed: str | None = None


@contextmanager
def fail_after(number: int, *, starting: str = "") -> Iterator[Statements]:
    """Make PostgreSQL raise an error right after the statement `number` from the first one that holds `starting` on.

    That one is number 0. What the statement did is done when the error comes. A file of SQL, which is sent as one, counts as the
    statements in it, and those behind the error are not sent.
    """
    seen = Statements(count=-1)

    def spoil(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> tuple[str, Any]:
        if seen.count < 0 and starting not in statement:
            return statement, parameters
        parts = [found.group() for found in _STATEMENT.finditer(statement.strip())]
        first, seen.count = seen.count + 1, seen.count + len(parts)
        if not first <= number <= seen.count:
            return statement, parameters
        seen.failed = parts[number - first]
        return "".join(parts[: number - first + 1]).removesuffix(";") + "\n; SELECT 1/0", parameters

    event.listen(Engine, "before_cursor_execute", spoil, retval=True)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", spoil)

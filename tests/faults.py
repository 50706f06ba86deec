"""Errors put into the statements that alembic sends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Engine, event

EVERY = [pytest.param(1, marks=pytest.mark.slow, id="every statement"), pytest.param(5, id="every fifth")]
"""How many statements apart the errors are: all of them take long."""


@dataclass
class Statements:
    """The statements counted so far, and the one that was made to fail."""

    count: int = 0
    failed: str | None = None


@contextmanager
def fail_after(number: int, *, starting: str) -> Iterator[Statements]:
    """Make PostgreSQL raise an error right after the statement `number` from the first one that holds `starting` on.

    That one is number 0. What the statement did is done when the error comes.
    """
    seen = Statements(count=-1)

    def spoil(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> tuple[str, Any]:
        if seen.count < 0 and starting not in statement:
            return statement, parameters
        seen.count += 1
        if seen.count != number:
            return statement, parameters
        seen.failed = statement
        return f"{statement.rstrip().removesuffix(';')}; SELECT 1/0", parameters

    event.listen(Engine, "before_cursor_execute", spoil, retval=True)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", spoil)

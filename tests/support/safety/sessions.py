"""Other sessions in the database, as clients have them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, text
from sqlalchemy.pool import NullPool


@contextmanager
def session(url: URL, name: str = "") -> Iterator[Connection]:
    """Yield a session that calls itself `name`."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        call(connection, name)
        yield connection


def call(connection: Connection, name: str) -> None:
    """Give the session the name `name`."""
    connection.execute(text("SELECT set_config('application_name', :name, false)"), {"name": name})
    connection.commit()


def pid(connection: Connection) -> Any:
    """Return the server process of `connection`."""
    found = connection.scalar(text("SELECT pg_backend_pid()"))
    connection.commit()
    return found


def rows(url: URL, query: str) -> list[dict[str, Any]]:
    """Return the rows of `query`."""
    with session(url) as connection:
        return [dict(row) for row in connection.execute(text(query)).mappings()]


@contextmanager
def before_statement(part: str, action: Any) -> Iterator[None]:
    """Call `action` once, before the first statement that holds `part` is sent."""
    waiting = [action]

    def act(_: Any, __: Any, statement: str, *___: Any) -> None:
        if part in statement and waiting:
            waiting.pop()()

    event.listen(Engine, "before_cursor_execute", act)
    try:
        yield
    finally:
        event.remove(Engine, "before_cursor_execute", act)
    assert not waiting, f"no statement held {part}"

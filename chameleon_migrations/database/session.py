"""What our sessions are called, and which of the server's settings would end or blind a migration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

APPLICATION_NAME = "chameleon-migrations"
"""How our sessions name themselves in ``pg_stat_activity``."""

# The time limits of a role or a database are made for its clients. A migration that one of them ends half-way is undone,
# and would be ended there each time. Above read committed, a check under the locks would not see what others committed.
SETTINGS = {
    "statement_timeout": "0",
    "application_name": APPLICATION_NAME,
    "default_transaction_isolation": "read committed",
    "transaction_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
}

# Not every version of PostgreSQL has all of them.
_SET = text("SELECT set_config(name, :value, false) FROM pg_catalog.pg_settings WHERE name = :name")


@contextmanager
def opened(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose session has our name, and none of the limits that would end it.

    The session ends with it, also where `engine` would keep it in a pool: nobody else gets its settings or its locks.
    """
    with engine.connect() as connection:
        try:
            for name, value in SETTINGS.items():
                connection.execute(_SET, {"name": name, "value": value})
            connection.commit()
            yield connection
        finally:
            connection.invalidate()


def clear_snapshot(connection: Connection) -> None:
    """Let the next query of ``pg_stat_activity`` see the sessions of now, not those of the transaction's first query."""
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))

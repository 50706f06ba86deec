"""What our sessions are called, and which settings they pin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

APPLICATION_NAME = "chameleon-migrations"
"""How our sessions name themselves in ``pg_stat_activity``."""

_TIME_LIMITS = ("statement", "transaction", "lock", "idle_in_transaction_session", "idle_session")

SETTINGS = {
    "application_name": APPLICATION_NAME,
    # A migration that a limit for clients ends half-way is undone, and would be ended there each time.
    **{f"{limit}_timeout": "0" for limit in _TIME_LIMITS},
    # Above read committed, a check under the locks would not see what others committed.
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
    # What a statement means: its literals, NULLs, and which rows and relations it may see.
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "escape_string_warning": "off",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "operator_precedence_warning": "off",
    "row_security": "on",
    "restrict_nonsystem_relation_kind": "",
    "xmloption": "content",
    # Steps are undone to savepoints after an error: the session has to outlive it.
    "exit_on_error": "off",
    # The catalogue's tables are updated: no storage that cannot, and no column besides theirs.
    "default_table_access_method": "heap",
    "default_with_oids": "off",
    # What is printed is read again, shown, or compared with what another session printed.
    "datestyle": "ISO, MDY",
    "intervalstyle": "postgres",
    "extra_float_digits": "3",
    "bytea_output": "hex",
    "xmlbinary": "base64",
    "quote_all_identifiers": "off",
    "synchronize_seqscans": "off",
    "client_min_messages": "warning",
}
"""The settings of PostgreSQL 10 to 19 that our sessions pin, as pg_dump does: whatever a role or a database has, our SQL means
and prints the same. These are left as they are, since they are the user's to choose: TimeZone, search_path and
session_replication_role, under which 1.8.2 itself applies events and triggers run; tablespaces; synchronous_commit; planner,
memory and logging; and default_transaction_read_only, which a check refuses."""

# Not every version of PostgreSQL has all of them.
_SET = text(
    "SELECT set_config(found.name, pinned.value, false)"
    " FROM unnest(CAST(:names AS text[]), CAST(:values AS text[])) AS pinned (name, value)"
    " JOIN pg_catalog.pg_settings AS found ON lower(found.name) = pinned.name"
)


@contextmanager
def opened(engine: Engine) -> Iterator[Connection]:
    """Yield a connection whose session has our name, and none of the limits that would end it.

    The session ends with it, also where `engine` would keep it in a pool: nobody else gets its settings or its locks.
    """
    with engine.connect() as connection:
        try:
            connection.execute(_SET, {"names": [*SETTINGS], "values": [*SETTINGS.values()]})
            connection.commit()
            yield connection
        finally:
            connection.invalidate()


def clear_snapshot(connection: Connection) -> None:
    """Let the next query of ``pg_stat_activity`` see the sessions of now, not those of the transaction's first query."""
    connection.execute(text("SELECT pg_stat_clear_snapshot()"))

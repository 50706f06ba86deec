"""The connection that a command works on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database import session

# Before version 13, and in SQL_ASCII after it, PostgreSQL has no escapes for characters other than ASCII where it is not UTF-8.
_as_characters = partial(json.dumps, ensure_ascii=False)


@contextmanager
def connected(config: Config, settings: Settings, *, in_transaction: bool) -> Iterator[Connection]:
    """Yield a connection: the caller's own from ``config.attributes["connection"]``, or one to the database of `settings`.

    Args:
        config: Alembic's configuration.
        settings: The configuration file.
        in_transaction: Begin a transaction on a connection of ours, and undo it at the end.
    """
    given = config.attributes.get("connection")
    if isinstance(given, Connection):
        yield given
        return
    engine = (
        given
        if isinstance(given, Engine)
        else create_engine(settings.url, poolclass=NullPool, json_serializer=_as_characters)
    )
    with session.opened(engine) as connection:
        if in_transaction:
            with connection.begin() as transaction:
                yield connection
                transaction.rollback()
        else:
            yield connection

"""How a command that changes nothing runs: in alembic's environment, as the migrations do, and leaving nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from chameleon_migrations.config.settings import Settings


@dataclass(frozen=True)
class Reading:
    """What a command that changes nothing works with.

    Attributes:
        connection: A connection to the configuration file's database; what is done on it is undone.
        settings: The configuration file.
        mysql: How the MySQL servers are asked, as ``-x mysql=`` says.
        version: The live catalogue's.
        heads: The revisions to start from.
        scripts: The revisions.
    """

    connection: Connection
    settings: Settings
    mysql: str
    version: str | None
    heads: tuple[str, ...]
    scripts: ScriptDirectory


Read = Callable[[Reading], None]
"""What a command does."""

OPTION = "chameleon_read"
"""The option of alembic's context under which `read_catalogue` hands over what is to be done."""


def read_catalogue(config: Config, read: Read) -> None:
    """Connect as the migrations do, call `read`, and undo what it did in the database.

    Raises:
        UserError: The configuration file, the database or the catalogue is not what is needed.
    """
    scripts = ScriptDirectory.from_config(config)
    with EnvironmentContext(config, scripts, **{OPTION: read}):
        scripts.run_env()


def requested(migration: MigrationContext) -> Read | None:
    """Return what `read_catalogue` was given, or None where another command runs."""
    read: Read | None = migration.opts.get(OPTION)
    return read

"""How a command that only looks runs: in alembic's environment, as the migrations do, and leaving nothing behind."""

from __future__ import annotations

from collections.abc import Callable

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

Look = Callable[[MigrationContext, ScriptDirectory, str | None], None]
"""What is called with alembic's context, its scripts, and the live catalogue's version."""


def look(config: Config, at: Look) -> None:
    """Connect as the migrations do, call `at`, and undo what it did in the database.

    Raises:
        UserError: The configuration file, the database or the catalogue is not what is needed.
    """
    script = ScriptDirectory.from_config(config)

    def call(migration: MigrationContext, version: str | None) -> None:
        at(migration, script, version)

    with EnvironmentContext(config, script, look=call):
        script.run_env()

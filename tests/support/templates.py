"""Databases that many tests begin with: each is made once, and copied for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import Sources, write_config
from devtools.server import fresh_database
from tests.support.command import Alembic

Make = Callable[..., None]
"""Fills the empty database at a URL, its first argument."""


def begins_with(make: Make, *arguments: Any) -> pytest.MarkDecorator:
    """Mark a test whose `database` is as `make` leaves an empty one."""
    # A mark that is called with nothing but a function would decorate it.
    return pytest.mark.begins_with.with_args(make, *arguments)


class Templates:
    """The databases that were made so far on the server at `server`, dropped with `stack`."""

    def __init__(self, server: URL, stack: ExitStack) -> None:
        self._server = server
        self._stack = stack
        self._made: dict[object, str] = {}

    @contextmanager
    def copy(self, make: Make, *arguments: Any) -> Iterator[URL]:
        """Yield a new database that is as `make(url, *arguments)` leaves an empty one.

        `make` leaves no connection open. What belongs to the whole server, such as a role, is not copied.
        """
        key = (make, arguments)
        if key not in self._made:
            template = self._stack.enter_context(fresh_database(self._server, prefix="template "))
            make(template, *arguments)
            self._made[key] = str(template.database)
        with fresh_database(self._server, self._made[key]) as url:
            yield url


def empty(database: URL) -> None:
    """Leave the database empty: for a test in a module that begins with something else."""


def recorded_catalogue(database: URL, version: str = "1.7") -> None:
    """Load the recorded catalogue, and upgrade it to `version`."""
    recorded.load(database)
    if version != "1.7":
        upgrade(database, recorded.SOURCES, version)


def upgrade(database: URL, mappings: Sources, version: str, *options: str) -> None:
    """Upgrade to `version` with a configuration file that nobody needs afterwards."""
    with TemporaryDirectory() as directory:
        config = write_config(Path(directory) / "new.yml", database, mappings)
        Alembic(config).must(*options, "upgrade", version)

"""A PostgreSQL of the tests' own, and a database of its own for each test."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools.server import create_owner, in_memory, running_server
from tests.support.safety.recorded_states import States, built
from tests.support.templates import Templates, empty

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As under nohup. The commands that the tests interrupt would inherit it, and never end.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def server() -> Iterator[URL]:
    """The superuser's URL of a running PostgreSQL."""
    with (
        tempfile.TemporaryDirectory(dir=in_memory(), ignore_cleanup_errors=True) as directory,
        running_server(Path(directory)) as url,
    ):
        create_owner(url)
        yield url


@pytest.fixture(scope="session")
def templates(server: URL) -> Iterator[Templates]:
    """The databases that tests begin with."""
    with ExitStack() as stack:
        yield Templates(server, stack)


@pytest.fixture
def database(request: pytest.FixtureRequest, templates: Templates) -> Iterator[URL]:
    """The URL of a database, as its owner, who is no superuser: empty, or as the mark `begins_with` says."""
    begins_with = request.node.get_closest_marker("begins_with")
    with templates.copy(*(begins_with.args if begins_with else (empty,))) as url:
        yield url


@pytest.fixture(scope="session")
def states(server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    """The recorded catalogue before and after the upgrade."""
    with built(server, tmp_path_factory.mktemp("states")) as states:
        yield states

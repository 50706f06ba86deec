"""The recorded catalogue, ready to be copied, and a server that a test may stop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.support.safety.own_server import OwnServer, own_server
from tests.support.safety.recorded_states import States, built


@pytest.fixture(scope="session")
def states(server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    """The recorded catalogue before and after the upgrade."""
    with built(server, tmp_path_factory.mktemp("states")) as states:
        yield states


@pytest.fixture
def own() -> Iterator[OwnServer]:
    """A server of the test's own."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        own_server(Path(directory)) as own,
    ):
        yield own

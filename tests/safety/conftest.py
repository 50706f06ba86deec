"""A server that a test may stop."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.server import in_memory
from tests.support.safety.own_server import OwnServer, own_server


@pytest.fixture
def own() -> Iterator[OwnServer]:
    """A server of the test's own."""
    with (
        tempfile.TemporaryDirectory(dir=in_memory(), ignore_cleanup_errors=True) as directory,
        own_server(Path(directory)) as own,
    ):
        yield own

"""The recorded catalogue, ready to be copied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from tests.safety.recorded_states import States, built


@pytest.fixture(scope="session")
def states(server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[States]:
    """The recorded catalogue before and after the upgrade."""
    with built(server, tmp_path_factory.mktemp("states")) as states:
        yield states

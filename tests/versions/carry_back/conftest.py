"""The catalogue before the downgrade."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.support.carried_back import MAPPINGS, SOURCES, there
from tests.support.command import Alembic


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic on `SOURCES`, upgraded to 2.0.0."""
    return there(database, tmp_path, SOURCES, MAPPINGS)

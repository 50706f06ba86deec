"""The catalogue before the downgrade."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools.config_file import write_config
from tests.support.carried_back import MAPPINGS
from tests.support.command import Alembic


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic on `SOURCES`, in a test that begins with these upgraded."""
    return Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS))

"""The standard tests of pytest-alembic, on a catalogue created from nothing."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.config import Config
from pytest_alembic.tests import (
    test_model_definitions_match_ddl,
    test_single_head_revision,
    test_up_down_consistency,
    test_upgrade,
)
from sqlalchemy import URL, Engine, create_engine
from sqlalchemy.pool import NullPool

from devtools.config_file import ROOT, write_config

__all__ = [
    "test_model_definitions_match_ddl",
    "test_single_head_revision",
    "test_up_down_consistency",
    "test_upgrade",
]

pytest.mark.slow(test_up_down_consistency)  # tests/versions/test_chain.py goes up and down quickly


@pytest.fixture
def alembic_config(database: URL, tmp_path: Path) -> Config:
    """The options that ask for a new catalogue."""
    config = write_config(tmp_path / "new.yml", database, {"mysql": {"my": "db"}})
    return Config(ROOT / "alembic.ini", cmd_opts=Namespace(x=[f"config={config}", "create=YES"]))


@pytest.fixture
def alembic_engine(database: URL) -> Iterator[Engine]:
    """An engine that env.py takes from ``config.attributes``."""
    engine = create_engine(database, poolclass=NullPool)
    yield engine
    engine.dispose()

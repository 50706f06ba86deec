"""The configuration file: whatever is written there is read, or refused in one line without a secret."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.support.mutated_config import mutated_bytes, mutated_value, read_or_refused
from tests.support.written_config import QUICK

FEW = settings(QUICK, max_examples=100)


@FEW
@given(content=mutated_bytes())
def test_whatever_happens_to_the_bytes_is_read_or_refused(file: Path, content: bytes) -> None:
    """Bytes lost, doubled or replaced by what means something to YAML."""
    read_or_refused(file, content)


@FEW
@given(content=mutated_value())
def test_whatever_stands_in_a_place_is_read_or_refused(file: Path, content: bytes) -> None:
    """Any value, a wrong one or one from elsewhere in the file, in any place."""
    read_or_refused(file, content)


@pytest.mark.slow
@settings(QUICK, max_examples=1000)
@given(content=mutated_bytes() | mutated_value())
def test_whatever_is_written_is_read_or_refused(file: Path, content: bytes) -> None:
    """Both, for longer."""
    read_or_refused(file, content)

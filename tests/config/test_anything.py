"""The configuration file: whatever is written there is read, or refused in one line without a secret."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given

from tests.support.mutated_config import mutated_bytes, mutated_value, read_or_refused
from tests.support.written_config import QUICK


@QUICK
@given(content=mutated_bytes())
def test_whatever_happens_to_the_bytes_is_read_or_refused(file: Path, content: bytes) -> None:
    """Bytes lost, doubled or replaced by what means something to YAML."""
    read_or_refused(file, content)


@QUICK
@given(content=mutated_value())
def test_whatever_stands_in_a_place_is_read_or_refused(file: Path, content: bytes) -> None:
    """Any value, a wrong one or one from elsewhere in the file, in any place."""
    read_or_refused(file, content)

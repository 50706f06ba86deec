"""The sides that the differential tests compare, each in a database that the tests of a module share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from sqlalchemy import URL

from devtools.replay_sides import EAGER, FUNCTION, OldSide, PendingSide, Side, side, staged
from devtools.server import fresh_database

_SIDES = {
    "oracle": (Side, None),
    "ours": (Side, FUNCTION),
    "eager": (Side, EAGER),
    "staged": (Side, staged(FUNCTION)),
    "old_oracle": (OldSide, None),
    "old_ours": (PendingSide, None),
}


@pytest.fixture(scope="module")
def sides(server: URL) -> Iterator[dict[str, Side]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(side(stack.enter_context(fresh_database(server)), kind, function))
            for name, (kind, function) in _SIDES.items()
        }

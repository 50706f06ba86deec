"""Logs that a careless fold would get wrong end as with pg_chameleon's own function."""

from __future__ import annotations

import pytest

from devtools.replay_sides import Log, Side
from tests.support.differential.expected import expected
from tests.support.differential.traps import TRAPS


@pytest.mark.parametrize(
    ("side", "stop"),
    [
        pytest.param("eager", True, id="eager-stop"),
        pytest.param("eager", False, id="eager-disable"),
        pytest.param("staged", True, id="staged-stop"),
        pytest.param("staged", False, id="staged-disable", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("log", TRAPS.values(), ids=TRAPS)
def test_a_trap_is_not_fallen_into(sides: dict[str, Side], log: Log, side: str, stop: bool) -> None:
    """Rows, counters, what is left, errors and the status are those of the order of events."""
    assert sides[side].outcome(log, stop=stop) == expected(sides["oracle"], log, stop=stop)

"""1.8.2 replicates, the catalogue is upgraded, 2.0.21 goes on: no row is lost on the way or doubled."""

from __future__ import annotations

import pytest

from devtools.versions import HEAD
from tests.support.clients import states
from tests.support.clients.bed import FIRST, MERGED, SECOND, Bed
from tests.support.clients.journeys import forward, replicates_right
from tests.support.command import remedy

pytestmark = [pytest.mark.clients, pytest.mark.slow]


@pytest.mark.parametrize("state", states.ALL_COPIED)
def test_2_0_21_goes_on_where_1_8_2_was_stopped(bed: Bed, state: states.State) -> None:
    """In whatever state 1.8.2 was stopped, 2.0.21 goes on from there while MySQL is written to."""
    forward(bed, state)


def test_a_batch_that_1_8_2_was_killed_before_closing_is_replayed(bed: Bed) -> None:
    """1.8.2 itself would leave it out; a table's own position is in the middle of it."""
    states.table_synced_alone(bed)
    bed.old.read_and_die(FIRST, "close")
    bed.execute(remedy(bed.alembic.must_fail("upgrade", "head"), "WITH"))
    bed.alembic.must("upgrade", "head")
    replicates_right(bed)


def test_a_source_that_was_never_initialised_can_be_initialised_after(bed: Bed) -> None:
    """It is carried over without a position, and 2.0.21 copies its schema on command."""
    states.one_never_initialised(bed)
    bed.alembic.must("upgrade", "head")
    with bed.workload.running([FIRST.mysql_schema]), bed.replicating(FIRST.mappings) as running:
        bed.catch_up(running, FIRST.mappings)
    bed.new.refresh_schema(MERGED, SECOND.mysql_schema)
    bed.workload.run(states.STEPS)
    replicates_right(bed)


def test_the_upgrade_can_be_taken_step_by_step(bed: Bed) -> None:
    """Each catalogue version is reached by a command of its own, and 2.0.21 goes on from the last."""
    states.pending(bed)
    bed.alembic.must("upgrade", "2.0.0")
    for _ in range(10):
        bed.alembic.must("upgrade", "+1")
        bed.workload.run(2)
    assert bed.query("SELECT t_version FROM sch_chameleon.v_version") == [(HEAD,)]
    replicates_right(bed)

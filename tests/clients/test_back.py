"""2.0.21 has gone on, the catalogue is taken back, and 1.8.2 goes on from there as if nothing had been."""

from __future__ import annotations

import pytest

from devtools.clients.command import ClientError
from tests.support.clients import states
from tests.support.clients.bed import MERGED, Bed
from tests.support.clients.journeys import there_and_back, upgrade
from tests.support.command import remedy

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_1_8_2_goes_on_where_2_0_21_was_stopped(bed: Bed) -> None:
    """Tables that 2.0.21 made and dropped, and batches that it only read, are carried back; and forward again."""
    there_and_back(bed)


def test_back_before_2_0_21_was_consistent(bed: Bed) -> None:
    """2.0.21 has read one batch and is taken back: the second source has to read again what it had read before."""
    states.at_different_positions(bed)
    upgrade(bed)
    bed.new.read(MERGED, batches=1)
    assert bed.query("SELECT b_consistent FROM sch_chameleon.t_sources") == [(False,)]
    bed.alembic.must("downgrade", "1.7")
    bed.go_on_with_1_8()
    bed.assert_equal()


def test_a_batch_that_2_0_21_was_killed_before_listing_is_replayed(bed: Bed) -> None:
    """2.0.21 itself would leave it out; 1.8.2 goes on behind it."""
    states.at_different_positions(bed)
    upgrade(bed)
    bed.go_on_with_2_0()
    bed.workload.run(states.STEPS)
    bed.new.read_and_die(MERGED, "list")
    bed.execute(remedy(bed.alembic.must_fail("downgrade", "1.7"), "INSERT INTO"))
    bed.alembic.must("downgrade", "1.7")
    bed.go_on_with_1_8()
    bed.assert_equal()


def test_up_and_down_and_up_and_down(bed: Bed) -> None:
    """Twice there and back again, while MySQL is written to throughout."""
    states.at_different_positions(bed)
    with bed.workload.running():
        for _ in range(2):
            upgrade(bed)
            bed.go_on_with_2_0()
            bed.alembic.must("downgrade", "1.7")
            bed.go_on_with_1_8()
    bed.go_on_with_1_8()
    bed.assert_equal()


def test_progress_that_is_not_carried_back_is_seen(bed: Bed) -> None:
    """Broken on purpose: 1.8.2 goes on from where it was before the upgrade, and applies events twice."""
    states.at_different_positions(bed)
    resumes = bed.query("SELECT i_id_batch FROM sch_chameleon.t_replica_batch WHERE NOT b_processed")
    upgrade(bed)
    bed.go_on_with_2_0()
    bed.alembic.must("downgrade", "1.7")
    resume_from(bed, [batch for (batch,) in resumes])
    with pytest.raises(ClientError, match="duplicate key"):
        bed.go_on_with_1_8()


def resume_from(bed: Bed, batches: list[int]) -> None:
    """Put the 1.7 catalogue to where it was when `batches` were those to go on from."""
    bed.execute(
        """DELETE FROM sch_chameleon.t_replica_batch WHERE NOT b_processed AND NOT i_id_batch = ANY (%(batches)s);
           UPDATE sch_chameleon.t_replica_batch SET b_processed = false, b_replayed = false
           WHERE i_id_batch = ANY (%(batches)s);
           UPDATE sch_chameleon.t_replica_tables SET t_binlog_name = NULL, i_binlog_position = NULL""",
        {"batches": batches},
    )

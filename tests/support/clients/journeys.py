"""A replica goes from 1.8.2 to 2.0.21, and back, while MySQL is written to: no row is lost on the way or doubled."""

from __future__ import annotations

from tests.support.clients import states
from tests.support.clients.bed import MERGED, Bed

LEFT_BY_A_DOWNGRADE = "_sch_chameleon_version2"


def forward(bed: Bed, state: states.State) -> None:
    """Stop 1.8.2 in `state`, upgrade, and let 2.0.21 go on."""
    state(bed)
    with bed.workload.running():
        bed.alembic.must("upgrade", "head")
        assert MERGED.name in bed.new.show_status()
        bed.go_on_with_2_0()
    replicates_right(bed)


def there_and_back(bed: Bed) -> None:
    """Upgrade, downgrade with batches that 2.0.21 has only read, and upgrade again."""
    states.at_different_positions(bed)
    upgrade(bed)
    bed.go_on_with_2_0()
    read_without_replaying(bed)
    with bed.workload.running():
        bed.alembic.must("downgrade", "1.7")
    bed.go_on_with_1_8()
    bed.assert_equal()
    upgrade(bed)
    bed.go_on_with_2_0()
    assert bed.complaints() == []
    bed.assert_equal()


def replicates_right(bed: Bed) -> None:
    """Let 2.0.21 catch up with MySQL, and compare."""
    bed.go_on_with_2_0()
    assert bed.complaints() == []
    bed.assert_equal()


def upgrade(bed: Bed) -> None:
    """Upgrade, once what an earlier downgrade has left behind is dropped."""
    bed.execute(f"DROP SCHEMA IF EXISTS {LEFT_BY_A_DOWNGRADE} CASCADE")
    bed.alembic.must("upgrade", "head")


def read_without_replaying(bed: Bed) -> None:
    """Leave batches that 2.0.21 has read and not replayed."""
    bed.workload.run(states.STEPS)
    bed.new.read(MERGED, batches=2)
    pending = "SELECT count(*) FROM sch_chameleon.t_replica_batch WHERE b_processed AND NOT b_replayed"
    assert bed.query(pending) != [(0,)]

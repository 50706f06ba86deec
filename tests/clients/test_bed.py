"""The bed itself: the real clients replicate the workload right, and what they get wrong is seen."""

from __future__ import annotations

import pytest

from tests.clients.bed import FIRST, MERGED, SECOND, Bed

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_1_8_2_replicates_the_workload(bed: Bed) -> None:
    """What 1.8.2 alone copies and replays is, row by row, what MySQL holds."""
    bed.old.create_schema(FIRST)
    for source in (FIRST, SECOND):
        bed.old.add_source(source)
        bed.old.init_replica(source)
        mapping = {source.mysql_schema: source.destination}
        assert bed.differences(mapping) == []
        bed.workload.run(150)
        with bed.old.replicating(source) as running:
            bed.catch_up(running, mapping)
        assert bed.differences(mapping) == []


def test_2_0_21_replicates_the_workload(bed: Bed) -> None:
    """What 2.0.21 alone copies and replays is, row by row, what MySQL holds."""
    bed.new.create_replica_schema()
    bed.new.add_source(MERGED)
    bed.new.init_replica(MERGED)
    assert bed.differences() == []
    with bed.new.replicating(MERGED) as running:
        bed.workload.run(200)
        bed.become_consistent(running)
        bed.catch_up(running)
    assert bed.complaints() == []
    assert bed.differences() == []


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ('DELETE FROM db_schema_01.numbers WHERE id = (SELECT min(id) FROM db_schema_01.numbers)', "row only in MySQL"),
        ('INSERT INTO db_schema_01.beat VALUES (2, 0)', "row only in PostgreSQL: (2, 0)"),
        ("UPDATE \"db-Schema 02\".files SET content = '00ff' WHERE id = (SELECT min(id) FROM db_schema_01.files)", "'00ff'"),
        ('ALTER TABLE db_schema_01.growing ADD extra integer', "column only in PostgreSQL: 'extra'"),
        ('DROP TABLE db_schema_01.small_03', "db_schema_01.small_03: column only in MySQL"),
    ],
)
def test_a_difference_is_seen(replicated: Bed, damage: str, told: str) -> None:
    """A row lost, added or changed on one side, a column or a table too many or too few is told."""
    replicated.execute(damage)
    assert any(told in line for line in replicated.differences())

"""The bed itself: the real clients replicate the workload right, and what they get wrong is seen."""

from __future__ import annotations

import pytest

from devtools.clients.mariadb import MySQL
from tests.clients.conftest import SEED
from tests.support.clients import states
from tests.support.clients.bed import FIRST, MERGED, SECOND, Bed
from tests.support.clients.workload import Workload

pytestmark = [pytest.mark.clients, pytest.mark.slow]


def test_1_8_2_replicates_the_workload(bed: Bed) -> None:
    """What 1.8.2 alone copies and replays is, row by row, what MySQL holds."""
    for source in (FIRST, SECOND):
        states.register(bed, source)
        assert bed.differences(source.mappings) == []
        bed.workload.run(150)
        with bed.old.replicating(source) as running:
            bed.catch_up(running, source.mappings)
        assert bed.differences(source.mappings) == []


def test_2_0_21_replicates_the_workload(bed: Bed) -> None:
    """What 2.0.21 alone copies and replays is, row by row, what MySQL holds."""
    bed.new.create_replica_schema()
    bed.new.add_source(MERGED)
    bed.new.init_replica(MERGED)
    assert bed.differences() == []
    with bed.replicating() as running:
        bed.workload.run(200)
        bed.become_consistent(running)
    assert bed.complaints() == []
    assert bed.differences() == []


@pytest.mark.parametrize(
    ("damage", "difference"),
    [
        ("DELETE FROM {}.words WHERE id = (SELECT min(id) FROM {}.words)", "words: row only in MySQL"),
        ("INSERT INTO {}.beat VALUES (2, 0)", "beat: row only in PostgreSQL: (2, 0)"),
        (
            "UPDATE {}.moments SET exact = exact + interval '1 microsecond'",
            "moments: row only in MySQL",
        ),
        ("UPDATE {}.files SET content = '00ff'", "files: row only in PostgreSQL: "),
        ("ALTER TABLE {}.growing ADD extra integer", "growing: column only in PostgreSQL: 'extra'"),
        ("DROP TABLE {}.small_03", "small_03: column only in MySQL: 'amount'"),
    ],
)
def test_a_difference_is_seen(bed: Bed, damage: str, difference: str) -> None:
    """A row lost, added or changed, a column or a table too many or too few is named, and nothing else."""
    bed.new.create_replica_schema()
    bed.new.add_source(MERGED)
    bed.new.init_replica(MERGED)
    bed.execute(damage.replace("{}", FIRST.destination))
    expected = f"{FIRST.destination}.{difference}"
    assert [line for line in bed.differences() if line.startswith(expected)]
    assert {line.split(":", 1)[0] for line in bed.differences()} == {expected.split(":", 1)[0]}


def test_the_same_seed_does_the_same_work(bed: Bed) -> None:
    """A run that failed can be had again: two workloads of one seed leave the same rows."""
    schemas = ["again_01", "again_02"]
    again = Workload(bed.mysql, schemas, SEED)
    again.create()
    for workload in (bed.workload, again):
        workload.run(200)
    for schema, other in zip(MERGED.mappings, schemas, strict=True):
        assert checksums(bed.mysql, schema) == checksums(bed.mysql, other)


def checksums(mysql: MySQL, schema: str) -> dict[str, int]:
    """Return table → MySQL's own checksum of its rows."""
    tables = [name for (name,) in mysql.rows(f"SHOW TABLES FROM `{schema}`")]
    return {table: mysql.rows(f"CHECKSUM TABLE `{schema}`.`{table}`")[0][1] for table in tables}


def test_the_workload_does_all_that_the_clients_support(bed: Bed) -> None:
    """Rows are inserted, updated and deleted, each kind of DDL runs, and the binlog has several files."""
    bed.workload.run(400)
    files = [file for file, *_ in bed.mysql.rows("SHOW BINARY LOGS")]
    events = [event for file in files for event in bed.mysql.rows(f"SHOW BINLOG EVENTS IN '{file}'")]
    assert len(files) > 3
    assert {"Write_rows_v1", "Update_rows_v1", "Delete_rows_v1"} <= {kind for _, _, kind, *_ in events}
    for ddl in ("TABLE `made_", "DROP TABLE", "TRUNCATE TABLE", "ADD COLUMN", "MODIFY COLUMN", "DROP COLUMN"):
        assert any(ddl in statement for *_, statement in events), ddl

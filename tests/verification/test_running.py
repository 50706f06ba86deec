"""While the real 2.0.21 replicates work: no false difference, and each true one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools.clients.mariadb import MySQL
from tests.support.clients.bed import MERGED, SECOND, Bed
from tests.support.verification import verify
from tests.verification.conftest import replica_database

pytestmark = [pytest.mark.clients, pytest.mark.slow]

RUNS = 10
SEED = 20261127


@pytest.fixture
def bed(tmp_path: Path, mysql: MySQL, server: URL) -> Iterator[Bed]:
    """2.0.21 has copied the workload's tables."""
    with replica_database(server) as postgres:
        bed = Bed.at(tmp_path, mysql, postgres, SEED)
        # What the work leaves alone: a row that is changed by hand stays so.
        mysql.execute(
            f"CREATE TABLE `{SECOND.mysql_schema}`.still (id int PRIMARY KEY, v int)",
            f"INSERT INTO `{SECOND.mysql_schema}`.still VALUES (1, 1), (2, 2), (3, 3)",
        )
        bed.new.create_replica_schema()
        bed.new.add_source(MERGED)
        bed.new.init_replica(MERGED)
        yield bed


def test_a_replica_that_runs(bed: Bed, capsys: pytest.CaptureFixture[str]) -> None:
    """Tables of all types change, are made, altered, emptied and dropped meanwhile."""
    with bed.workload.running(), bed.replicating() as running:
        bed.become_consistent(running)
        for number in range(RUNS):
            running.check()
            status, result = verify(bed.new.configuration_file, capsys)
            assert [table for table in result["tables"] if not table["equal"]] == [], number
            assert status == 0
        assert len(result["tables"]) > 40
        bed.execute('UPDATE "db-Schema 02".still SET v = 7 WHERE id = 2')
        for number in range(RUNS):
            running.check()
            status, result = verify(bed.new.configuration_file, capsys)
            unequal = [table for table in result["tables"] if not table["equal"]]
            assert len(unequal) == 1, (number, json.dumps(unequal), result["lag"])
            table = unequal[0]
            assert (table["table"], table["differences"]) == ("db-Schema 02.still", 1), number
            assert table["first"] == [
                {"kind": "different", "key": {"id": "2"}, "columns": ["v"], "mysql": None, "postgres": None}
            ]
            assert status != 0

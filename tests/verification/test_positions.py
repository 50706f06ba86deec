"""A replica that lags: how far it is, and what is read again once it has caught up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from chameleon_migrations.errors import REFUSED
from devtools.registered import HERE, Made, there_name
from tests.support.verification import verify

pytestmark = pytest.mark.clients


@pytest.fixture
def replica(made: Made) -> Made:
    """A replica of a table that has applied all of MySQL's binlog."""
    made.table("t", "id int, v int", "id int, v int", ["id"], [(1, 1), (2, 2)])
    made.reach()
    return made


def ahead(made: Made) -> None:
    """Change a row in MySQL."""
    made.mysql.execute(f"UPDATE {there_name()}.t SET v = v + 10 WHERE id = 1")


def lag(made: Made, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return the sources that ``verify`` says are behind."""
    return [source["source"] for source in verify(made.config, capsys, "--wait", "0")[1]["lag"]]


@pytest.mark.parametrize("made", ["1.7", "2.0.0"], indirect=True)
def test_who_is_behind(replica: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """What concerns no table of the replica does not put it behind, in this binlog file or another."""
    assert lag(replica, capsys) == []
    replica.mysql.execute(
        f"CREATE TABLE {there_name()}.not_registered (id int)",
        "CREATE OR REPLACE DATABASE elsewhere",
        "CREATE TABLE elsewhere.t (id int)",
        "INSERT INTO elsewhere.t VALUES (1)",
    )
    replica.reach()
    replica.mysql.execute(
        "INSERT INTO elsewhere.t VALUES (2)",
        f"INSERT INTO {there_name()}.not_registered VALUES (1)",
        "FLUSH BINARY LOGS",
        "CREATE TABLE elsewhere.u (id int)",
    )
    assert lag(replica, capsys) == []
    ahead(replica)
    assert lag(replica, capsys) == ["mysql"]
    replica.reach(processed=True)
    assert lag(replica, capsys) == ["mysql"], "a batch without events is at no place"
    replica.reach()
    assert lag(replica, capsys) == []
    replica.mysql.execute(f"ALTER TABLE {there_name()}.t ADD COLUMN w int")
    assert lag(replica, capsys) == ["mysql"]


@pytest.mark.parametrize("made", ["1.7", "2.0.0"], indirect=True)
def test_a_batch_that_is_being_closed(replica: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """pg_chameleon has committed that it is closed, and not yet which events it has."""
    ahead(replica)
    here = replica.mysql.position()
    replica.run(
        "INSERT INTO sch_chameleon.t_log_replica (i_id_batch, v_table_name, v_schema_name, enm_binlog_event)"
        " SELECT max(i_id_batch), 't', %s, 'update' FROM sch_chameleon.t_replica_batch",
        (HERE,),
    )
    replica.run(
        "INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position, b_started)"
        " VALUES (1, %s, %s, true)",
        here,
    )
    replica.run("UPDATE sch_chameleon.t_replica_batch SET b_processed = true WHERE i_id_batch = 1")
    assert lag(replica, capsys) == ["mysql"]
    replica.run("UPDATE sch_chameleon.t_replica_batch SET b_replayed = true WHERE i_id_batch = 1")
    assert lag(replica, capsys) == []


def test_a_replica_that_was_never_copied(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """It has no position."""
    made.table("t", "id int", "id int", ["id"], [])
    assert lag(made, capsys) == ["mysql"]


@contextmanager
def meanwhile(change: Callable[[], None], seconds: float) -> Iterator[None]:
    """Make a change after some seconds."""
    timer = threading.Timer(seconds, change)
    timer.start()
    yield
    timer.join()


def test_a_row_is_read_again_once_the_replica_has_passed(
    replica: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the replica applies in time is no difference; nor is a column that it adds."""
    ahead(replica)
    replica.mysql.execute(
        f"ALTER TABLE {there_name()}.t ADD COLUMN w int", f"INSERT INTO {there_name()}.t VALUES (3, 3, 3)"
    )

    def apply() -> None:
        replica.run(
            "ALTER TABLE t ADD COLUMN w int; INSERT INTO t VALUES (3, 3, 3); UPDATE t SET v = 11 WHERE id = 1"
        )
        replica.reach()

    with meanwhile(apply, 2):
        status, result = verify(replica.config, capsys, "--wait", "60")
    assert [table for table in result["tables"] if not table["equal"]] == []
    assert status == 0


def test_a_replica_that_stands_still(replica: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """It is waited for once, and what differs then counts."""
    replica.table("u", "id int, v int", "id int, v int", ["id"], [(1, 1)])
    replica.reach()
    ahead(replica)
    replica.run("UPDATE u SET v = 2")
    begun = time.monotonic()
    _, result = verify(replica.config, capsys, "--wait", "2")
    assert 2 < time.monotonic() - begun < 4
    assert {table["table"]: table["different"] for table in result["tables"]} == {
        f"{HERE}.t": 1,
        f"{HERE}.u": 1,
    }


def test_a_row_that_changes_all_the_time(replica: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not said to differ, and not said to be equal."""
    replica.mysql.execute(
        f"DROP TABLE {there_name()}.t",
        f"CREATE VIEW {there_name()}.t AS SELECT 1 AS id, cast(rand() * 1e9 AS signed) AS v",
    )
    replica.reach()
    replica.run("DELETE FROM t WHERE id = 2")
    status, result = verify(replica.config, capsys, "--wait", "2")
    (table,) = result["tables"]
    assert (table["differences"], table["unsettled"], status) == (0, 1, REFUSED)

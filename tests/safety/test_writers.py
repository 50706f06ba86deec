"""Who else is at work on the catalogue is found before anything is changed."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import URL, Connection, text

from devtools.config_file import write_config
from devtools.server import OWNER, execute, fresh_database
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build
from tests.support.safety.sessions import before_statement, call, pid, rows, session
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, upgrade

OLD = "[PGCH] - source: my source, action: idle"
NEW = "[pg_chameleon] - source: my source, action: writing batch"


MAPPINGS = {"mysql": {"my": "db"}}


def one_source(database: URL, version: str = "1.7") -> None:
    """Make a catalogue of one source."""
    build(database, [OldSource("one", "my", "db")])
    if version != "1.7":
        upgrade(database, MAPPINGS, version)


pytestmark = begins_with(one_source)
DOWN = pytest.param(["downgrade", "1.7"], marks=begins_with(one_source, "2.0.0"))


@pytest.fixture
def alembic(database: URL, tmp_path: Path) -> Alembic:
    """Alembic on the catalogue."""
    return Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS))


@pytest.mark.parametrize("name", [OLD, NEW])
@pytest.mark.parametrize("command", [["upgrade", "2.0.0"], DOWN, ["downgrade", "base"]])
def test_a_connected_pg_chameleon_stops_every_step(
    database: URL, alembic: Alembic, command: list[str], name: str
) -> None:
    """Its process, its source and since when it is connected are named, whatever the status in the catalogue says."""
    before = snapshot(database)
    with session(database, name) as writer:
        said = alembic.must_fail(*command)
        assert f"pid {pid(writer)} of {OWNER}, {name}, since 20" in said
    assert snapshot(database) == before


def test_a_pg_chameleon_on_another_database_stops_nothing(
    server: URL, database: URL, alembic: Alembic
) -> None:
    """Another replica on the same server goes on."""
    with fresh_database(server) as other, session(other, OLD):
        alembic.must("upgrade", "2.0.0")


def test_a_session_that_comes_while_the_upgrade_runs_is_found_under_the_locks(
    database: URL, alembic: Alembic
) -> None:
    """The checks are asked again once the catalogue is locked."""
    with session(database) as writer, before_statement("LOCK TABLE", lambda: call(writer, OLD)):
        assert "pg_chameleon is connected" in alembic.must_fail("upgrade", "2.0.0")
    assert alembic.current() == "1.7"


@pytest.mark.parametrize("command", [["upgrade", "2.0.0"], DOWN])
def test_a_writer_that_waits_for_the_swap_undoes_it(
    database: URL, alembic: Alembic, command: list[str]
) -> None:
    """Its statement would go into the other catalogue as soon as the swap is committed; so it goes into the one that it knows."""
    before = alembic.current()
    with session(database) as writer:
        waiting = Thread(target=mark_running, args=[writer])
        with before_statement(
            "ALTER SCHEMA sch_chameleon RENAME TO", lambda: start_and_wait(database, waiting)
        ):
            said = alembic.must_fail(*command)
        waiting.join()
    assert "(no name) waits to write into t_sources" in said
    assert alembic.current() == before
    assert rows(database, "SELECT enm_status::text FROM sch_chameleon.t_sources") == [
        {"enm_status": "running"}
    ]


def mark_running(writer: Connection) -> None:
    writer.execute(text("UPDATE sch_chameleon.t_sources SET enm_status = 'running'"))
    writer.commit()


def start_and_wait(database: URL, waiting: Thread) -> None:
    """Start the thread, and wait until its statement waits for a lock."""
    waiting.start()
    deadline = time.monotonic() + 60
    while not rows(database, "SELECT FROM pg_locks WHERE NOT granted"):
        assert time.monotonic() < deadline, "no statement waits for a lock"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("status", "command"),
    [
        ("initialising", ["upgrade", "2.0.0"]),
        pytest.param("syncing", ["downgrade", "1.7"], marks=begins_with(one_source, "2.0.0")),
    ],
)
def test_a_source_that_is_copied_by_half_stops_the_step(
    database: URL, alembic: Alembic, status: str, command: list[str]
) -> None:
    """Its tables are not there as a whole; init_replica has to end first."""
    execute(database, f"UPDATE sch_chameleon.t_sources SET enm_status = '{status}'")
    before = snapshot(database)
    assert f"marked {status}" in alembic.must_fail(*command)
    assert snapshot(database) == before


@pytest.mark.parametrize(
    ("status", "said"),
    [("running", "the source one says it is running"), ("error", "the source one says it is error")],
)
def test_a_status_that_may_be_stale_is_said_and_passed_over(
    database: URL, alembic: Alembic, status: str, said: str
) -> None:
    """A client that was killed leaves it behind."""
    execute(database, f"UPDATE sch_chameleon.t_sources SET enm_status = '{status}'")
    assert said in alembic.must("upgrade", "2.0.0")

"""The script that ``--sql`` prints does what the command does."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools import recorded
from devtools.config_file import write_config
from devtools.server import execute
from devtools.versions import HEAD
from tests.support.command import Alembic
from tests.support.psql import run_script
from tests.support.snapshot import snapshot
from tests.support.templates import Templates, begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)

TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?([+-]\d\d)?")


def without_times(url: URL) -> dict[str, Any]:
    """Return the whole database but for what a clock says."""
    found = snapshot(url)
    for name, rows in found["rows"].items():
        if not name.startswith("db_schema_"):
            found["rows"][name] = sorted(TIME.sub("TIME", row) for row in rows)
    return found


@pytest.mark.parametrize(
    "way",
    [
        ["1.7", HEAD],
        pytest.param(["1.7", "2.0.0"], marks=pytest.mark.slow),
        pytest.param(["1.7", "2.0.4", "2.0.7", HEAD], marks=pytest.mark.slow),
    ],
)
def test_script_and_command_leave_the_same(
    database: URL, templates: Templates, tmp_path: Path, way: list[str]
) -> None:
    """Forward and back, the script makes of one copy what the command makes of the other."""
    with templates.copy(recorded_catalogue) as offline:
        compare(database, offline, tmp_path, way)


def compare(online: URL, offline: URL, tmp_path: Path, way: list[str]) -> None:
    """Go `way` and back, by the command with one database and by the script with the other."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", online, recorded.SOURCES))
    steps = [("upgrade", *step) for step in pairwise(way)] + [
        ("downgrade", *step) for step in pairwise(way[::-1])
    ]
    for command, start, target in steps:
        alembic.must(command, target)
        done = run_script(offline, alembic.script(command, f"{start}:{target}"))
        assert done.returncode == 0, done.stderr
        assert without_times(offline) == without_times(online)
        assert recorded.replicated(offline) == recorded.expected()


def test_the_checks_raise(database: URL, tmp_path: Path) -> None:
    """What stops the command stops the script, and says the same."""
    alembic = Alembic(
        write_config(tmp_path / "upgraded.yml", database, {"mysql": {"my_schema_01": "db_schema_01"}})
    )
    before = snapshot(database)
    done = run_script(database, alembic.script("upgrade", "1.7:2.0.0"))
    assert done.returncode == 3
    assert "my_schema_02 -> db_schema_02" in done.stderr
    assert snapshot(database, without=("chameleon_migrations",)) == before


@pytest.mark.parametrize(
    ("command", "start", "target"),
    [
        ("upgrade", "1.7", "2.0.0"),
        pytest.param("downgrade", "2.0.0", "1.7", marks=begins_with(recorded_catalogue, "2.0.0")),
    ],
)
def test_what_moved_before_the_locks_stops_the_script(
    database: URL, tmp_path: Path, command: str, start: str, target: str
) -> None:
    """The script looks again under the locks, as the command does."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    move = "UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = i_binlog_position + 7 WHERE NOT b_processed;"
    before, locks, after = alembic.script(command, f"{start}:{target}").partition(
        "-- lock the catalogue's tables"
    )
    done = run_script(database, before + move + locks + after)
    assert done.returncode == 3
    assert "the catalogue was changed after the checks" in done.stderr
    assert re.search(r"was  resume batch .*is   resume batch", done.stderr, re.DOTALL)
    assert alembic.current().split()[0] == start


@begins_with(recorded_catalogue, "2.0.4")
def test_what_a_command_only_tells_a_script_warns_of(database: URL, tmp_path: Path) -> None:
    """What a downgrade loses is said, and it goes on."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    execute(database, "UPDATE sch_chameleon.t_replica_batch SET t_gtid_set = 'a:1-5'")
    done = run_script(database, alembic.script("downgrade", "2.0.4:2.0.3"))
    assert done.returncode == 0, done.stderr
    assert re.search(
        "WARNING:  lost below 2.0.4: .*mysql.*; the replica goes on by binlog file and offset", done.stderr
    )
    assert alembic.current().split()[0] == "2.0.3"


@begins_with(recorded_catalogue, "2.0.1")
def test_a_script_refuses_what_an_interrupted_upgrade_has_left(database: URL, tmp_path: Path) -> None:
    """A 2.0 catalogue without sources beside the kept 1.7 is no start, for a script either."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    execute(database, "TRUNCATE sch_chameleon.t_sources CASCADE")
    before = snapshot(database)
    done = run_script(database, alembic.script("upgrade", "2.0.1:head"))
    assert "an upgrade that pg_chameleon itself had begun was interrupted" in done.stderr
    assert snapshot(database) == before


def test_a_script_for_another_version_stops(database: URL, tmp_path: Path) -> None:
    """The script of a version that the catalogue has no more changes nothing."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    script = alembic.script("upgrade", "1.7:2.0.0")
    assert run_script(database, script).returncode == 0
    before = snapshot(database)
    done = run_script(database, script)
    assert "the catalogue is 2.0.0, and this script starts from 1.7" in done.stderr
    assert snapshot(database) == before


def test_an_error_in_the_swap_undoes_the_swap(database: URL, tmp_path: Path) -> None:
    """The pending batches stay replayed, the catalogue is 1.7, and so says the version table."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    script = alembic.script("upgrade", "1.7:2.0.0")
    done = run_script(
        database,
        script.replace(
            "UPDATE sch_chameleon.t_sources AS new", "SELECT 1/0;\nUPDATE sch_chameleon.t_sources AS new"
        ),
    )
    assert "division by zero" in done.stderr
    assert alembic.current() == "1.7"
    assert recorded.replicated(database) == recorded.expected()


def test_a_script_holds_no_secret_and_asks_where_to_start(database: URL, tmp_path: Path) -> None:
    """Neither password is in it, and without a start there is no script."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    script = alembic.script("upgrade", "1.7:2.0.0")
    assert "s3cret" not in script
    assert "alembic upgrade 1.7:head --sql" in alembic.must_fail("upgrade", "2.0.0", "--sql")


def test_a_script_waits_for_a_lock_as_long_as_the_option_says(database: URL, tmp_path: Path) -> None:
    """The option is used, and a wrong value of it is refused."""
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    assert "lock_timeout = '30000ms'" in alembic.script("-x", "lock_timeout=30", "upgrade", "1.7:2.0.0")
    assert "-x lock_timeout=soon" in alembic.must_fail(
        "-x", "lock_timeout=soon", "upgrade", "1.7:2.0.0", "--sql"
    )


def test_names_in_a_script_are_only_names(database: URL, tmp_path: Path) -> None:
    """A name made to break out of a literal is a name, whatever the server's settings are."""
    hostile = """it's \\ "q" $check$ ; DROP SCHEMA sch_chameleon CASCADE; -- %s :x"""
    with create_engine(database, poolclass=NullPool).begin() as connection:
        connection.execute(
            text("UPDATE sch_chameleon.t_sources SET t_source_schema = :name WHERE i_id_source = 1"),
            {"name": hostile},
        )
    mappings = {"mysql": {hostile: "db_schema_01", "my_schema_02": "db_schema_02"}}
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, mappings))
    done = run_script(database, alembic.script("upgrade", "1.7:2.0.0"))
    assert done.returncode == 0, done.stderr
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert (
            connection.scalar(text("SELECT jsb_schema_mappings FROM sch_chameleon.t_sources"))
            == mappings["mysql"]
        )

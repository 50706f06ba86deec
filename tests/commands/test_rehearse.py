"""What ``chameleon-migrations rehearse`` says of a migration, and that nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli
from chameleon_migrations.commands.status import read_status
from chameleon_migrations.errors import FAILED, REFUSED
from chameleon_migrations.running import rehearsing
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import execute
from tests.support.command import Alembic
from tests.support.psql import dump
from tests.support.safety.recorded_states import States
from tests.support.schemas import parse
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)


COMMAND = [sys.executable, "-m", "chameleon_migrations.cli"]

Capture = pytest.CaptureFixture[str]


def rehearse(config: Path, capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    """Return the exit status of the command, its output and its errors."""
    capsys.readouterr()
    status = 0
    try:
        cli.main(["--config", str(config), "rehearse", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    shown = capsys.readouterr()
    return status, shown.out, shown.err


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of the recorded catalogue."""
    return write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)


def seen(connection: Any) -> tuple[Any, ...]:
    """Return what a migration leads to: sources, tables and replicated rows, without the time of day."""
    version = connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version"))
    status = read_status(connection, version)
    return version, status.sources, status.tables, recorded.replicated_on(connection)


@pytest.mark.parametrize(
    ("before", "revision"),
    [
        pytest.param(before, revision, marks=[begins_with(recorded_catalogue, before), *slow])
        for before, revision, *slow in (
            ("1.7", "head"),
            ("head", "1.7"),
            ("1.7", "2.0.0", pytest.mark.slow),
            ("2.0.0", "head", pytest.mark.slow),
            ("head", "2.0.3", pytest.mark.slow),
        )
    ],
)
def test_it_does_what_the_command_then_does_and_leaves_nothing(
    config: Path, database: URL, before: str, revision: str
) -> None:
    """Sources, tables, positions and rows are those of the real run; a dump is the same before and after."""
    alembic = Alembic(config)
    dumped = dump(database)
    upwards = revision not in ("1.7", "2.0.3")
    rehearsed: list[tuple[Any, ...]] = []
    options = Config(ROOT / "alembic.ini", cmd_opts=Namespace(x=[f"config={config}"]))
    rehearsing.rehearse(
        options, revision, lambda done: rehearsed.append(seen(done.connection)), upwards=upwards
    )
    assert dump(database) == dumped
    alembic.must("upgrade" if upwards else "downgrade", revision)
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert rehearsed == [seen(connection)]


@pytest.mark.parametrize("way", ["upgrade", "downgrade"])
def test_pending_batches_are_replayed_and_pending_again(
    states: States, tmp_path: Path, way: str, capsys: Capture
) -> None:
    """Up and down, with four batches pending: they are counted, and a dump, with the sequences, is the same."""
    start, target = {"upgrade": ("1.7", "head"), "downgrade": ("2.0.0", "1.7")}[way]
    with states.copy(start, tmp_path) as (database, alembic):
        dumped = dump(database)
        status, output, errors = rehearse(alembic.config, capsys, target, "--json")
        assert status == 0, errors
        assert dump(database) == dumped
        found = parse("rehearse", output)
        assert found["events_replayed"] == 546
        assert found["versions"][0] == start
        assert {row["schema"] for row in found["rows"]} == {"db_schema_01", "db_schema_02"}
        assert found["sequences"] == []


def test_a_person_reads_it(config: Path, database: URL, capsys: Capture) -> None:
    """What is locked comes first; steps, rows, sources and the verdict follow, and the next command last."""
    status, output, errors = rehearse(config, capsys)
    lines = output.splitlines()
    assert status == 0, errors
    assert lines[0].startswith("A rehearsal does everything in one transaction and undoes it.")
    assert "Tables with pending DDL: " in output
    assert "✓ Rehearsed 1.7 → 2.0.10: 546 events replayed, " in output
    assert "  Rolled back: nothing was changed." in lines
    assert lines[-1].strip() == f"Next: chameleon-migrations --config {config} upgrade head"
    assert "✓ Catalogue" not in output


def test_an_event_that_fails_is_named_as_the_upgrade_names_it(
    config: Path, database: URL, capsys: Capture
) -> None:
    """The message is the upgrade's own; the exit status says that it failed; nothing is changed by the rehearsal."""
    execute(database, "ALTER TABLE db_schema_02.items ADD CONSTRAINT none CHECK (false) NOT VALID")
    dumped = dump(database)
    status, _, errors = rehearse(config, capsys)
    assert status == FAILED
    assert errors.rstrip().endswith("Rolled back: nothing was changed.")
    assert dump(database) == dumped
    rehearsed = errors.split("FAILED: ")[1].splitlines()[0]
    assert rehearsed in Alembic(config).must_fail("upgrade", "head")


def test_a_check_that_fails(config: Path, database: URL, capsys: Capture) -> None:
    """It is refused as the upgrade is."""
    execute(database, "CREATE SCHEMA _sch_chameleon_version2")
    status, _, errors = rehearse(config, capsys)
    assert status == REFUSED
    assert "DROP SCHEMA _sch_chameleon_version2 CASCADE" in errors


def test_a_sequence_that_a_trigger_takes_from_is_named(config: Path, database: URL, capsys: Capture) -> None:
    """No rollback gives back what an audit table's key took."""
    execute(
        database,
        "CREATE TABLE db_schema_02.audit (n serial, said text)",
        "CREATE FUNCTION db_schema_02.noted() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN INSERT INTO db_schema_02.audit (said) VALUES (TG_OP); RETURN NULL; END'",
        "CREATE TRIGGER noted AFTER INSERT OR UPDATE OR DELETE ON db_schema_02.items"
        " FOR EACH ROW EXECUTE PROCEDURE db_schema_02.noted()",
        "SELECT nextval('db_schema_02.audit_n_seq')",
    )
    _, output, _ = rehearse(config, capsys)
    assert "! the sequence db_schema_02.audit_n_seq went on from 1 to " in output


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()


def interrupt(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("end", [kill, interrupt])
def test_ended_in_the_middle(
    config: Path, database: URL, end: Callable[[subprocess.Popen[bytes]], None]
) -> None:
    """SIGKILL and Ctrl-C leave what was there before."""
    dumped = dump(database)
    execute(
        database,
        "CREATE FUNCTION db_schema_02.slow() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(0.05); RETURN coalesce(NEW, OLD); END'",
        "CREATE TRIGGER slow BEFORE INSERT OR UPDATE OR DELETE ON db_schema_02.items"
        " FOR EACH ROW EXECUTE PROCEDURE db_schema_02.slow()",
    )
    with subprocess.Popen(
        [*COMMAND, "--config", config, "rehearse"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stderr
        while b"replayed batch" not in process.stderr.readline():
            pass
        end(process)
        said = process.stderr.read().decode()
        process.wait(60)
    if end is interrupt:
        assert process.returncode == 130
        assert said.strip().endswith("INTERRUPTED: nothing was changed")
    wait_for_the_end_of_sessions(database)
    execute(database, "DROP FUNCTION db_schema_02.slow() CASCADE")
    assert dump(database) == dumped


def wait_for_the_end_of_sessions(database: URL) -> None:
    ours = text(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'chameleon-migrations'"
        " AND datname = current_database()"
    )
    with create_engine(database, poolclass=NullPool).connect() as connection:
        while connection.scalar(ours):
            connection.rollback()
            time.sleep(0.05)


def test_a_connection_of_the_caller_is_refused(config: Path, database: URL) -> None:
    """What is done on it could not be undone."""
    dumped = dump(database)
    with create_engine(database, poolclass=NullPool).connect() as connection:
        options = Config(
            ROOT / "alembic.ini",
            cmd_opts=Namespace(x=[f"config={config}"]),
            attributes={"connection": connection},
        )
        with pytest.raises(SystemExit):
            rehearsing.rehearse(options, "head", lambda _: None, upwards=True)
    assert dump(database) == dumped

"""What a person, and what a log, sees of the replay."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import execute
from tests.support.command import Alembic
from tests.support.templates import begins_with, recorded_catalogue
from tests.support.terminal import on_a_terminal, read

pytestmark = begins_with(recorded_catalogue)


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of a recorded 1.7 catalogue."""
    return write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)


def command(config: Path, *options: str) -> list[str]:
    """Return the upgrade's command line."""
    return [
        sys.executable,
        "-m",
        "chameleon_migrations.cli",
        "--config",
        str(config),
        *options,
        "upgrade",
        "2.0.0",
    ]


def test_a_bar_for_each_source(config: Path) -> None:
    """On a terminal: events of all, rate and time left, and no line for each batch."""
    shown = on_a_terminal(command(config))
    for source, events in (("source_01", 422), ("source_02", 124)):
        assert re.search(rf"replay {source} .*{events}/{events}.* events, [\d,]+/s", shown)
    assert "replayed batch" not in shown


def test_no_colour(config: Path) -> None:
    """Where NO_COLOR is set, the bar has none."""
    shown = on_a_terminal(command(config), NO_COLOR="1")
    assert "422/422" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown)


def test_a_line_for_each_batch_in_a_log(config: Path) -> None:
    """In a pipe there is no bar and no control sequence."""
    done = subprocess.run(
        command(config), cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    assert done.stderr.count("replayed batch") == 4
    assert "\x1b" not in done.stderr


def test_quiet(config: Path) -> None:
    """-q leaves neither bar nor line, on a terminal; a warning comes through."""
    shown = on_a_terminal(command(config, "-q"))
    assert "gave no answer" in shown
    assert all(" WARNING " in line for line in shown.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("on_terminal", [True, False], ids=["at a bar", "in a log"])
def test_ctrl_c_in_the_replay(on_terminal: bool, config: Path, database: URL) -> None:
    """One line, exit status 130; what was finished stays, and the next run does the rest."""
    execute(
        database,
        "CREATE FUNCTION db_schema_02.slow() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN PERFORM pg_sleep(0.02); RETURN coalesce(NEW, OLD); END'",
        "CREATE TRIGGER slow BEFORE INSERT OR UPDATE OR DELETE ON db_schema_02.items"
        " FOR EACH ROW EXECUTE PROCEDURE db_schema_02.slow()",
    )
    terminal, inside = pty.openpty() if on_terminal else os.pipe()
    with subprocess.Popen(command(config), cwd=ROOT, stdin=subprocess.DEVNULL, stderr=inside) as process:
        os.close(inside)
        shown = read(terminal, until=rb"422/422" if on_terminal else rb"replayed batch")
        process.send_signal(signal.SIGINT)
        shown += read(terminal)
        assert process.wait(timeout=60) == 130
    os.close(terminal)
    assert shown.count(b"INTERRUPTED: ") == 1
    assert shown.strip().splitlines()[-1].startswith(b"INTERRUPTED: ")
    assert b"Traceback" not in shown
    assert Alembic(config).current() == "1.7"
    execute(database, "DROP FUNCTION db_schema_02.slow() CASCADE")
    Alembic(config).must("upgrade", "2.0.0")
    assert recorded.replicated(database) == recorded.expected()

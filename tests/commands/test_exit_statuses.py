"""The exit statuses that docs/commands.md lists, of `chameleon-migrations` and of `alembic` alike."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic.config import main as alembic_main
from sqlalchemy import URL

from chameleon_migrations import cli
from chameleon_migrations.errors import FAILED, REFUSED
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import execute
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)


PROGRAMS = {
    "ours": [sys.executable, "-m", "chameleon_migrations.cli"],
    "alembic": [sys.executable, "-m", "alembic"],
}
MAINS: dict[str, Callable[[list[str]], None]] = {"ours": cli.main, "alembic": alembic_main}


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of the recorded catalogue."""
    return write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)


def run(program: str, *arguments: str) -> tuple[int, str]:
    """Return the exit status, and what it wrote on standard error."""
    done = subprocess.run(
        [*PROGRAMS[program], *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


def in_process(program: str, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Return the same as `run`, without the second that a new process takes to start."""
    with pytest.raises(SystemExit) as end:
        MAINS[program](arguments)
    return end.value.code, capsys.readouterr().err


@pytest.mark.parametrize("program", PROGRAMS)
def test_refused_before_anything_was_changed(
    program: str,
    config: Path,
    database: URL,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A check, a configuration file that is missing, an option that is none."""
    monkeypatch.chdir(ROOT)
    execute(database, "CREATE SCHEMA _sch_chameleon_version2")
    for found in (
        run(program, "-x", f"config={config}", "upgrade", "head"),
        in_process(program, ["-x", f"config={config}.not", "upgrade", "head"], capsys),
        in_process(program, ["-x", f"confrim=YES config={config}", "upgrade", "head"], capsys),
    ):
        status, said = found
        assert status == REFUSED, said
        assert said.count("FAILED: ") == 1
        assert "Traceback" not in said


@pytest.mark.parametrize("program", PROGRAMS)
def test_failed_after_it_had_begun(program: str, config: Path, database: URL) -> None:
    """An event that PostgreSQL refuses, after the batches before it."""
    execute(database, "ALTER TABLE db_schema_02.items ADD CONSTRAINT none CHECK (false) NOT VALID")
    status, said = run(program, "-x", f"config={config}", "upgrade", "head")
    assert status == FAILED
    assert said.count("FAILED: ") == 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_wrong_usage(program: str) -> None:
    """No such command."""
    assert run(program, "upgrad")[0] == 2


@pytest.mark.parametrize("program", PROGRAMS)
def test_done_says_what_is_next_and_how_to_go_back(program: str, config: Path) -> None:
    """The last lines: the version, the events, the time; what to start; the command that goes back."""
    done = subprocess.run(
        [*PROGRAMS[program], "-x", f"config={config}", "upgrade", "head"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    version, following, back = done.stdout.splitlines()
    assert version.startswith("✓ Catalogue 2.0.10, 546 events replayed, ")
    assert "chameleon start_replica --config upgraded --source mysql" in following
    assert back.strip() == f"Back: chameleon-migrations --config {config} downgrade 1.7"
    assert "Context impl" not in done.stderr


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_stamp_does_not_say_that_the_catalogue_has_changed(program: str, config: Path) -> None:
    """It writes the version table only."""
    done = subprocess.run(
        [*PROGRAMS[program], "-x", f"config={config}", "stamp", "2.0.0"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "✓ Catalogue" not in done.stdout

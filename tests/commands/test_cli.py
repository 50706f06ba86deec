"""The command ``chameleon-migrations``, in a person's hands."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import alembic.command
import pytest
from alembic.config import Config
from sqlalchemy import URL

from chameleon_migrations import cli
from chameleon_migrations.errors import REFUSED
from chameleon_migrations.running.options import OPTIONS
from devtools import recorded
from devtools.config_file import ROOT, write_config
from tests.support.command import Alembic
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)


COMMAND = [sys.executable, "-m", "chameleon_migrations.cli"]


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of the recorded catalogue."""
    return write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)


@pytest.mark.parametrize("command", sorted(cli.command_line().subparsers.choices))
def test_every_command_s_help_has_an_example_that_parses(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the help shows can be typed as it stands."""
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    example = capsys.readouterr().out.split("example:\n")[1].strip()
    program, *arguments = shlex.split(example)
    assert program == "chameleon-migrations"
    assert command in arguments
    assert hasattr(cli.command_line().parser.parse_args(arguments), "cmd")


@pytest.mark.parametrize("command", [["current"], ["heads"], ["history"], ["show", "2.0.0"]])
def test_it_says_what_alembic_says(
    command: list[str],
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """From any directory, and with the configuration file given by an option of its own."""
    monkeypatch.chdir(tmp_path)
    cli.main(["--config", str(config), *command])
    said = capsys.readouterr().out
    assert said
    assert Alembic(config).must(*command).endswith(said)


def test_the_main_job_from_any_directory(
    config: Path, database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Up and back, as with alembic in the checkout; an alembic.ini that lies about is not read."""
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = nowhere\n")
    monkeypatch.chdir(tmp_path)
    cli.main(["--config", str(config), "upgrade", "2.0.0"])
    assert recorded.replicated(database) == recorded.expected()
    cli.main(["--config", str(config), "downgrade", "1.7"])
    assert Alembic(config).current() == "1.7"


def test_a_refusal_is_printed_once_as_it_stands(
    database: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error, lines kept, also where a terminal is narrow, and the exit status is not 0."""
    config = write_config(tmp_path / "wrong.yml", database, {"mysql": {"my_schema_01": "db_schema_01"}})
    with pytest.raises(SystemExit) as end:
        cli.main(["--config", str(config), "upgrade", "2.0.0"])
    assert end.value.code == REFUSED
    said = capsys.readouterr().err
    failure = f"FAILED: the configuration file {config} and the 1.7 catalogue map different schemas"
    assert said.count(failure) == 1
    assert "\n  only in the catalogue   my_schema_02 -> db_schema_02   (source_02)\n" in said


def test_another_alembic_ini(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-c names an alembic.ini of the user's own, as it does for alembic."""
    (tmp_path / "versions").mkdir()
    (tmp_path / "mine.ini").write_text("[alembic]\nscript_location = %(here)s\npath_separator = newline\n")
    cli.main(["-c", str(tmp_path / "mine.ini"), "heads"])
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_completes_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The completion knows the commands and our options."""
    with pytest.raises(SystemExit):
        cli.main(["--print-completion", shell])
    script = capsys.readouterr().out
    assert "downgrade" in script
    assert "--config" in script


@pytest.fixture(scope="module")
def completion() -> str:
    """The script that bash sources."""
    return subprocess.run(
        [*COMMAND, "--print-completion", "bash"], capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["upgrade", "2.0.1"], {"2.0.1", "2.0.10"}),
        (["downgrade", "1"], {"1.7"}),
        (["-x", "mysql"], {"mysql=ask", "mysql=require", "mysql=skip"}),
        (["--config", "pro"], {"production"}),
    ],
)
def test_bash_completes(words: list[str], completed: set[str], completion: str, tmp_path: Path) -> None:
    """Revisions, the keys of -x with their values, and the names of configuration files."""
    names = tmp_path / ".pg_chameleon" / "configuration"
    names.mkdir(parents=True)
    (names / "production.yml").touch()
    line = shlex.join(["chameleon-migrations", *words])
    call = (
        f"COMP_WORDS=({line}); COMP_CWORD={len(words)}; _shtab_chameleon_migrations;"
        ' printf "%s\\n" "${COMPREPLY[@]}"'
    )
    done = subprocess.run(
        ["bash", "-c", f"{completion}\n{call}"],
        env={**os.environ, "HOME": str(tmp_path)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == completed, done.stderr


def test_the_help_has_our_options_and_our_commands_first(capsys: pytest.CaptureFixture[str]) -> None:
    """Each key of -x has a line; alembic's commands come after ours."""
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    said = capsys.readouterr().out
    assert said.index("\n    preflight ") < said.index("\n    branches ")
    for name, meaning in OPTIONS.items():
        assert re.search(rf"^  {name} +{re.escape(meaning)}$", said, re.MULTILINE)


def test_nothing_is_imported_before_it_is_needed() -> None:
    """The help needs no database driver and no progress bar."""
    program = (
        "import sys, chameleon_migrations.cli as cli\n"
        "try: cli.main(['--help'])\n"
        "except SystemExit: print({'psycopg2', 'pymysql', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize(
    "module",
    [
        "checks.hook",
        "op",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("errors", "replay", "config.settings")),
    ],
)
def test_any_module_can_be_imported_first(module: str) -> None:
    """A hook of the user's own begins with one of ours, where alembic is not imported yet."""
    subprocess.run([sys.executable, "-c", f"import chameleon_migrations.{module}"], cwd=ROOT, check=True)


@pytest.mark.parametrize(
    "program", [COMMAND, [sys.executable, "-m", "alembic", "-c", str(ROOT / "alembic.ini")]]
)
def test_ctrl_c_at_the_question(program: list[str], config: Path, database: URL) -> None:
    """One line, exit status 130, and nothing was changed."""
    before = snapshot(database)
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        [*program, "-x", f"config={config}", "upgrade", "2.0.0"],
        cwd=ROOT,
        stdin=inside,
        stdout=inside,
        stderr=inside,
    ) as process:
        os.close(inside)
        _read(terminal, until=b"goes on: ")
        time.sleep(
            1
        )  # a signal between the question and the wait for its answer would be seen after the answer
        process.send_signal(signal.SIGINT)
        said = _read(terminal).decode()
        assert process.wait(timeout=30) == 130
    os.close(terminal)
    assert said.strip().startswith("INTERRUPTED: ")
    assert len(said.strip().splitlines()) == 1
    assert snapshot(database) == before


def _read(terminal: int, until: bytes | None = None) -> bytes:
    """Return what is written to `terminal` up to and including `until`, or to its end."""
    read = b""
    while until is None or not read.endswith(until):
        assert select.select([terminal], [], [], 60)[0], read.decode()
        try:
            read += os.read(terminal, 1000)
        except OSError:  # Linux reports EIO once the other side is closed
            assert until is None, read.decode()
            break
    return read


def test_a_command_that_a_later_alembic_brings_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no example, and breaks nothing."""

    def rejoice(config: Config) -> None:
        """Do something new."""

    monkeypatch.setattr(rejoice, "__module__", alembic.command.__name__)
    monkeypatch.setattr(alembic.command, "rejoice", rejoice, raising=False)
    for arguments in (["--version"], ["rejoice", "--help"], ["--help"]):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 0
    assert "rejoice" in capsys.readouterr().out

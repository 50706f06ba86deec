"""A terminal in a person's hands: the question, options, and names that would steer it."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli, visible
from chameleon_migrations.errors import REFUSED
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import execute
from tests.support.command import Alembic
from tests.support.schemas import parse
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)


CONTROLS = "\x1b[2J\n\r\a\x9b\N{RIGHT-TO-LEFT OVERRIDE}\N{LINE SEPARATOR}"


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of the recorded catalogue."""
    return write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)


def on_a_terminal(arguments: list[str], answer: bytes) -> tuple[int, str]:
    """Run the command on a terminal, type `answer` at its question, and return its exit status and all that it shows."""
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "chameleon_migrations.cli", *arguments],
        cwd=ROOT,
        stdin=inside,
        stdout=inside,
        stderr=inside,
    ) as process:
        os.close(inside)
        shown = b""
        try:
            while chunk := os.read(terminal, 1000):
                shown += chunk
                if shown.endswith(b"goes on: "):
                    if answer == b"\x03":
                        # A signal between the question and the wait for its answer would be seen after the answer.
                        time.sleep(1)
                        process.send_signal(signal.SIGINT)
                    else:
                        os.write(terminal, answer)
        except OSError:  # Linux reports EIO once the other side is closed
            pass
        status = process.wait(timeout=60)
    os.close(terminal)
    return status, shown.decode()


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (b"\x04", REFUSED, "FAILED: there was no answer; nothing was changed"),
        (b"\x03", 130, "INTERRUPTED: nothing was changed"),
        (b"yes\n", REFUSED, "FAILED: the answer was not YES; nothing was changed"),
    ],
    ids=["ctrl-d", "ctrl-c", "no"],
)
def test_an_answer_that_is_none(config: Path, database: URL, answer: bytes, status: int, said: str) -> None:
    """One line, no traceback, and nothing about what was undone."""
    before = snapshot(database)
    ended, shown = on_a_terminal(["--config", str(config), "upgrade", "2.0.0"], answer)
    assert ended == status
    place = f"of the database {database.database} on {database.host}, port {database.port or 5432}, "
    assert f"{place}from 1.7 to 2.0.0? Only YES goes on: " in shown
    assert shown.splitlines()[-1] == said
    assert "Traceback" not in shown
    assert snapshot(database) == before


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("confrim=YES", "did you mean confirm?"),
        ("mysq=require", "did you mean mysql?"),
        ("nothing=1", "known are config, confirm"),
        ("confirm=yes", "expected YES"),
        ("mysql=maybe", "expected ask or require or skip"),
    ],
)
@pytest.mark.parametrize(
    "command", [("upgrade", "head"), ("status",), ("upgrade", "1.7:head", "--sql"), ("configure",)]
)
def test_an_option_that_does_not_exist(
    config: Path, database: URL, option: str, said: str, command: tuple[str, ...]
) -> None:
    """It may be a misspelt protection: it is refused, and nothing is changed."""
    before = snapshot(database)
    with pytest.raises(SystemExit), redirected() as shown:
        cli.main(["--config", str(config), "-x", option, *command])
    assert said in shown.getvalue()
    assert "othing was changed" in shown.getvalue()
    assert snapshot(database) == before


class redirected:  # noqa: N801 - used like a function
    """Collects what is written to both outputs."""

    def __enter__(self) -> io.StringIO:
        self.before, self.written = (sys.stdout, sys.stderr), io.StringIO()
        sys.stdout = sys.stderr = self.written
        return self.written

    def __exit__(self, *_: object) -> None:
        sys.stdout, sys.stderr = self.before


def test_options_of_ones_own(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project can read options of its own; they are passed on to it, and no other is."""
    monkeypatch.chdir(tmp_path)
    cli.main(["init", "mine"])
    environment = tmp_path / "mine" / "env.py"
    environment.write_text(
        environment.read_text().replace("environment.run()", 'environment.run(own_options=["mine"])')
    )
    alembic = Alembic(config, tmp_path / "mine" / "alembic.ini")
    alembic.must("-x", "mine=1", "current")
    assert "did you mean mine?" in alembic.must_fail("-x", "mina=1", "current")


@pytest.mark.parametrize("after", [["--config", "{}"], ["--config={}"], ["-x", "config={}"], ["-xconfig={}"]])
def test_the_configuration_after_the_command(
    config: Path, after: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The order that pg_chameleon's users type."""
    cli.main(["status", *(word.format(config) for word in after), "--json"])
    assert parse("status", capsys.readouterr().out)["version"] == "1.7"


def test_without_a_terminal_the_plan_is_logged(config: Path) -> None:
    """Nothing is asked; what will be done is said before the first change."""
    said = Alembic(config).must("upgrade", "2.0.0")
    assert said.index("plan: takes in source_01: my_schema_01 -> db_schema_01") < said.index(
        "1.7 -> 2.0.0: done"
    )


def test_events_that_are_committed_are_counted(config: Path, database: URL) -> None:
    """An upgrade that dies in the middle of the replay has counted each batch that stays replayed."""
    execute(
        database,
        "CREATE TABLE db_schema_02.stop ()",
        "DELETE FROM sch_chameleon.t_replica_tables WHERE v_table_name = 'nothing'",
        """UPDATE sch_chameleon.t_log_replica SET jsb_event_data = '{"no such column": 1}' WHERE i_id_event = (
               SELECT max(log.i_id_event) FROM sch_chameleon.t_log_replica log
               JOIN sch_chameleon.t_batch_events ids ON log.i_id_event = ANY (ids.i_id_event)
               WHERE log.v_schema_name = 'db_schema_02' AND log.enm_binlog_event = 'insert')""",
    )
    Alembic(config).must_fail("upgrade", "2.0.0")
    with create_engine(database, poolclass=NullPool).connect() as connection:
        counted = connection.scalar(text("SELECT events_replayed FROM chameleon_migrations.history"))
        replayed = connection.scalar(
            text(
                "SELECT sum(i_replayed + i_ddl + i_skipped) FROM sch_chameleon.t_replica_batch"
                " WHERE b_replayed AND i_replayed IS NOT NULL AND ts_replayed > now() - interval '1 hour'"
            )
        )
    assert counted == replayed
    assert counted


def test_names_do_not_steer_the_terminal(
    database: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A source, a schema and a table with control characters: shown escaped by every command, log, error and script."""
    name = f"name{CONTROLS}"
    quoted = "'" + name.replace("'", "''") + "'"
    execute(
        database,
        f"UPDATE sch_chameleon.t_sources SET t_source = {quoted} WHERE t_source = 'source_01'",
        "UPDATE sch_chameleon.t_sources SET enm_status = 'error'",
    )
    config = write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)
    wrong = write_config(tmp_path / "wrong.yml", database, {"mysql": {"my_schema_02": "db_schema_02"}})
    commands = [
        [config, "preflight"],
        [wrong, "preflight"],
        [wrong, "preflight", "--json"],
        [config, "status"],
        [config, "status", "--json"],
        [wrong, "upgrade", "head"],
        [config, "upgrade", "head"],
        [config, "preflight", "1.7"],
        [config, "downgrade", "1.7"],
    ]
    for path, *arguments in commands:
        capsys.readouterr()
        with suppress(SystemExit):
            cli.main(["--config", str(path), *map(str, arguments)])
        said = capsys.readouterr()
        assert not set(CONTROLS[0:1] + "\r\a\x9b\u202e\u2028") & set(said.out + said.err), arguments
        if "--json" not in arguments and arguments[0] == "preflight" and path == wrong:
            assert r"name\x1b[2J\n\r\x07\x9b\u202e\u2028" in said.out
        if "--json" in arguments and path == config:
            assert parse("status", said.out)["sources"][0]["name"] == name


def test_what_is_escaped() -> None:
    """One line stays one, whatever is in it; printable characters are not changed."""
    assert visible.line("a\tb\\n\x00\ud800") == r"a\tb\n\x00\ud800"
    assert visible.lines("a\nb\x1b") == "a\nb\\x1b"
    assert json.loads(visible.in_json(json.dumps({"a": CONTROLS}, ensure_ascii=False, indent=1))) == {
        "a": CONTROLS
    }
    assert re.fullmatch(r"[ -~]*", visible.line(CONTROLS))

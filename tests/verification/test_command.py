"""What a person sees of ``verify``, and what refuses it."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Sequence

import pytest
import yaml

from chameleon_migrations import cli
from chameleon_migrations.errors import REFUSED
from devtools.config_file import ROOT
from devtools.registered import HERE, Made, there_name
from tests.support.terminal import on_a_terminal, read
from tests.support.verification import verify

pytestmark = pytest.mark.clients


@pytest.fixture
def table(made: Made) -> Made:
    """A catalogue with a table of three rows, of which one differs where a test makes it so."""
    made.table(
        "t",
        "id int, v varchar(30), w int",
        "id int, v varchar(30), w int",
        ["id"],
        [(n, f"v{n}", n) for n in (1, 2, 3)],
    )
    made.reach()
    return made


def shown(made: Made, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run ``verify``, and return its exit status, what it prints, and its errors and log."""
    status = 0
    try:
        cli.main(["--config", str(made.config), "verify", "--wait", "0", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    written = capsys.readouterr()
    assert "Traceback" not in written.err
    assert "s3cret" not in written.out + written.err
    return status, written.out, written.err


def test_equal_tables(table: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for the table, and a verdict."""
    status, output, _ = shown(table, capsys)
    assert status == 0
    assert output.splitlines() == [f"✓ {HERE}.t: 3 rows compared", "✓ 1 table equal: 3 rows compared"]


def test_differences(table: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Each kind with its key, and the values on request only; then one line that says how many."""
    table.run("UPDATE t SET v = NULL, w = 17 WHERE id = 1; UPDATE t SET id = 4, v = 'hidden' WHERE id = 3")
    status, output, errors = shown(table, capsys)
    assert status == REFUSED
    assert "✗" in output
    for part in (
        "1 only in MySQL, 1 only in PostgreSQL, 1 different",
        "id = '1': v, w",
        "id = '3'",
        "id = '4'",
    ):
        assert part in output
    assert "hidden" not in output
    assert errors.splitlines()[-1].startswith(
        "FAILED: PostgreSQL and MySQL are not equal: 3 rows in 1 table of 1"
    )
    _, output, _ = shown(table, capsys, "--values")
    assert "PostgreSQL: v = NULL, w = '17'" in output
    assert "MySQL: v = 'v1', w = '1'" in output
    assert "hidden" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["t"], f"did you mean {HERE}.t?"),
        (["--sample", "0"], "--sample 0: expected"),
        (["--sample", "nan"], "--sample nan: expected"),
        (["--sample", "101"], "--sample 101: expected"),
        (["--wait", "-1"], "--wait -1: expected"),
        (["--wait", "nan"], "--wait nan: expected"),
        (["--time-zone", "Nowhere"], "MySQL knows no time zone Nowhere"),
    ],
)
def test_arguments_that_are_refused(
    arguments: Sequence[str], said: str, table: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each is named with what is expected."""
    status, _, errors = shown(table, capsys, *arguments)
    assert status == REFUSED
    assert said in errors


@pytest.mark.parametrize(
    ("entry", "value", "said"),
    [("port", 1, "gave no answer"), ("password", "mysql-s3cret-not", "does not let the user usr_replica in")],
)
def test_a_server_that_cannot_be_read(
    entry: str, value: object, said: str, table: Made, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is named, and nothing is said to be equal."""
    content = yaml.safe_load(table.config.read_text())
    content["sources"]["mysql"]["db_conn"][entry] = value
    table.config.write_text(yaml.safe_dump(content))
    status, output, errors = shown(table, capsys)
    assert (status, output) == (REFUSED, "")
    assert said in errors


def test_a_source_that_the_file_does_not_have(table: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """Its tables are not compared, and not said to be equal."""
    table.config.write_text(table.config.read_text().replace("  mysql:\n", "  other:\n"))
    status, result = verify(table.config, capsys)
    assert "no source that maps" in result["tables"][0]["problems"][0]
    assert status == REFUSED


def test_the_zone_of_the_reader(made: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """A timestamp that was replayed is in the zone of pg_chameleon's host, a copied one in that of MySQL."""
    made.table(
        "t",
        "id int, v timestamp",
        "id int, v timestamp",
        ["id"],
        [(1, "2020-07-01 01:02:03"), (2, "2020-07-01 01:02:03")],
    )
    made.run("UPDATE t SET v = v + interval '5:30' WHERE id = 2")
    assert verify(made.config, capsys, "--wait", "0")[0] == REFUSED
    assert verify(made.config, capsys, "--wait", "0", "--time-zone", "+05:30")[0] == 0


def command(made: Made, *arguments: str) -> list[str]:
    """Return the command's line."""
    return [
        sys.executable,
        "-m",
        "chameleon_migrations.cli",
        "--config",
        str(made.config),
        "verify",
        *arguments,
    ]


def test_a_bar_on_a_terminal(table: Made) -> None:
    """The rows of all, their rate, and no line for each table."""
    written = on_a_terminal(command(table))
    assert re.search(r"verify .*3/3.* rows, [\d,]+/s", written)
    assert "compared" not in written


def test_a_line_for_each_table_in_a_log(table: Made, capsys: pytest.CaptureFixture[str]) -> None:
    """In a pipe there is no bar, and with -q no line."""
    done = subprocess.run(command(table), cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr.count("t: 3 rows, 0 differences") == 1
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize(
    "on_terminal",
    [pytest.param(True, id="at a bar"), pytest.param(False, id="in a log", marks=pytest.mark.slow)],
)
def test_ctrl_c(on_terminal: bool, table: Made) -> None:
    """One line and exit status 130, at once, while MySQL is read."""
    table.table("u", "id varchar(20), v text", "id varchar(20), v text", ["id"], [])
    table.mysql.execute(
        "CREATE DATABASE IF NOT EXISTS made_up",
        "USE made_up",
        f"INSERT INTO {there_name()}.u SELECT seq, repeat('x', 500) FROM seq_1_to_200000",
    )
    terminal, inside = pty.openpty() if on_terminal else os.pipe()
    with subprocess.Popen(
        command(table), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=inside
    ) as process:
        os.close(inside)
        written = read(terminal, until=rb"\.u.*3/" if on_terminal else rb"compared .*\.t: ")
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        written += read(terminal)
        assert process.wait(timeout=60) == 130
    os.close(terminal)
    assert time.monotonic() - begun < 5
    assert written.strip().splitlines()[-1] == b"INTERRUPTED: nothing was changed"
    assert b"Traceback" not in written
    assert b"Exception ignored" not in written

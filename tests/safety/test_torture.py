"""`make torture`: it ends when there is enough, and what it finds can be repeated."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from random import Random

import pytest

from devtools.config_file import ROOT
from devtools.server import execute
from tests import torture as program
from tests.support.safety.recorded_states import States
from tests.support.torture import mutated_catalogue
from tests.support.torture.kinds import kinds
from tests.support.torture.loop import Tally, Trial, torture
from tests.support.torture.mutations import mutate


def good(_: Path, random: Random) -> str | None:
    """Come too late every other time."""
    return "fine" if random.random() < 0.5 else None


def many(_: Path, random: Random) -> Counter[str]:
    return Counter({"read": 3, "refused": 7})


def bad(directory: Path, random: Random) -> str:
    moment = random.random()
    (directory / "output").write_text("half of it")
    raise AssertionError(f"lost at {moment}")


def run(
    trials: Mapping[str, Trial], folder: Path, *, number: int = 20, turns: int = 10_000
) -> dict[str, Tally]:
    """Run trials until there are `number` of each, or before the next one after `turns`."""
    left = itertools.count(turns, -1)
    return torture(
        trials,
        itertools.count(),
        folder,
        enough=lambda tally: tally.count >= number,
        over=lambda _: next(left) == 0,
    )


def test_it_ends_when_there_are_enough_of_each_kind(tmp_path: Path) -> None:
    """A trial that came too late does not count, one that counts many counts them all, and a failure counts as well."""
    tallies = run({"good": good, "many": many, "bad": bad}, tmp_path)
    assert [tally.count for tally in tallies.values()] == [20, 20, 20]
    assert tallies["many"].outcomes == {"read": 6, "refused": 14}
    assert [len(tally.lost) for tally in tallies.values()] == [0, 0, 20]


def test_it_ends_in_time_with_as_many_of_each_kind(tmp_path: Path) -> None:
    """The kinds take turns."""
    tallies = run({"many": many, "bad": bad}, tmp_path, number=10_000, turns=7)
    assert [tally.count for tally in tallies.values()] == [40, 3]


def test_ctrl_c_ends_it_with_what_there_is(tmp_path: Path) -> None:
    """The table is printed as at the end."""

    def interrupted(_: Path, random: Random) -> str:
        raise KeyboardInterrupt

    assert [tally.count for tally in run({"many": many, "interrupted": interrupted}, tmp_path).values()] == [
        10,
        0,
    ]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_what_there_is(number: signal.Signals) -> None:
    """Also in the background, where a shell has SIGINT ignored."""
    command = [shutil.which("sh") or "sh", "-c", f"{sys.executable} -m tests.torture config & wait"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        time.sleep(8)
        os.killpg(running.pid, number)
        output = running.communicate(timeout=30)[0]
    assert "| config | " in output


def main(monkeypatch: pytest.MonkeyPatch, root: Path, *arguments: str) -> int:
    """Run the program with the kinds `good` and `bad` beside its own."""
    monkeypatch.setattr(program, "kinds", lambda ground: {"many": many, "bad": bad, **kinds(ground)})
    monkeypatch.setattr(program, "ROOT", root)
    monkeypatch.setattr(sys, "argv", ["torture", *arguments])
    return program.main()


def test_a_failure_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It leaves the trial's files, the error with what the variables were, and the command that meets it again."""
    assert main(monkeypatch, tmp_path, "--seed", "123", "bad", "many") == 1
    output = capsys.readouterr().out
    assert "make torture KINDS=bad SEED=123" in output
    assert "| bad | 1 |  | 1 |" in output
    [kept] = (tmp_path / "torture").iterdir()
    assert kept.name.endswith("-bad-123")
    assert (kept / "output").read_text() == "half of it"
    written = (kept / "error.txt").read_text()
    assert f"lost at {Random(123).random()}" in written
    assert f"moment = {Random(123).random()}" in written


def test_where_nothing_is_lost_the_exit_status_is_0(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends after the number, or at the time; nothing is kept."""
    assert main(monkeypatch, tmp_path, "--number", "30", "many", "config") == 0
    assert "| many | 30 | 9 times read, 21 times refused | nothing |" in capsys.readouterr().out
    assert main(monkeypatch, tmp_path, "--minutes", "0.001", "many") == 0
    assert not (tmp_path / "torture").exists()


def test_a_failure_leaves_a_dump(states: States, tmp_path: Path) -> None:
    """It is that of the database in which something was lost."""

    def lose(directory: Path, random: Random) -> str:
        with states.copy("1.7", directory) as (database, _):
            execute(database, "CREATE TABLE db_schema_01.left_behind ()")
            raise AssertionError

    run({"lose": lose}, tmp_path, turns=1)
    [kept] = tmp_path.iterdir()
    assert "CREATE TABLE db_schema_01.left_behind" in (kept / "database.sql").read_text()


@pytest.mark.parametrize("rounds", [5, pytest.param(50, marks=pytest.mark.slow)])
@pytest.mark.parametrize("command", ["upgrade", "downgrade"])
def test_a_catalogue_with_random_mistakes(states: States, tmp_path: Path, rounds: int, command: str) -> None:
    """It is refused and unchanged, or its events are applied as by pg_chameleon, and it is carried over."""
    migrate = mutated_catalogue.MIGRATIONS[command]
    left = Counter(migrate(states, tmp_path, Random(seed)) for seed in range(rounds))
    sys.stdout.write(f"catalogues with random mistakes, {command}: {left}\n")
    assert left[f"{command} refused"] > 0


def test_a_mistake_follows_from_the_seed(states: States, tmp_path: Path) -> None:
    """The same seed makes the same mistakes."""
    made = []
    for _ in range(2):
        with states.copy("1.7", tmp_path) as (database, _alembic):
            made.append(mutate(database, Random(9)))
    assert made[0] == made[1]


@pytest.mark.parametrize("command", ["upgrade", "downgrade"])
@pytest.mark.parametrize(
    "lost",
    [
        "DELETE FROM sch_chameleon.t_log_replica WHERE v_table_name = 'orders'",
        pytest.param(
            "UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = 7 WHERE NOT b_processed",
            marks=pytest.mark.slow,
        ),
        pytest.param(
            "UPDATE sch_chameleon.t_replica_tables SET v_table_pkey = '{no}' WHERE v_table_name = 'stock'",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_a_loss_is_seen(
    states: States, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, lost: str
) -> None:
    """Broken on purpose: only the catalogue that pg_chameleon's own function replays has this change."""
    monkeypatch.setattr(mutated_catalogue, "mutate", lambda *_: [lost])
    with pytest.raises(AssertionError):
        mutated_catalogue.MIGRATIONS[command](states, tmp_path, Random(0))

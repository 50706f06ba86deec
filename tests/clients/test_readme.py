"""The README's commands, one after the other, between a MySQL server and PostgreSQL, with both releases of pg_chameleon."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devtools.versions import HEAD
from tests.support.clients import states
from tests.support.clients.bed import FIRST, SECOND, Bed
from tests.support.readme import Follower, commands

pytestmark = [pytest.mark.clients, pytest.mark.slow]

COMMIT = 31
"""Bytes of the event that ends a transaction, which is no event of a table."""


def follower(bed: Bed, directory: Path) -> Follower:
    """Return a reader of the README in front of the bed, where 1.8.2 has copied all tables."""
    for source in (FIRST, SECOND):
        states.register(bed, source)
    url = bed.postgres
    words = {
        "HOST": str(url.host),
        "PORT": str(url.port or 5432),
        "USER": str(url.username),
        "DATABASE": str(url.database),
    }
    return Follower(directory / "checkout", bed.old.environment, [FIRST.name, SECOND.name], words)


def caught_up(bed: Bed, status: str, before: str) -> bool:
    """Return whether 1.8.2 has caught up, by the README's criterion for two looks at the status."""
    file, offset = bed.mysql.position()
    positions = re.findall(r"reads on from (.+):([0-9]+)$", status, re.MULTILINE)
    furthest = max((name, int(position)) for name, position in positions)
    return (
        status == before
        and status.count("nothing pending") == len([FIRST, SECOND])
        and furthest in [(file, offset), (file, offset - COMMIT)]
    )


def test_the_readme_s_commands(bed: Bed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ends with 0, 2.0 and then 1.8.2 again replicate what MySQL has, and nothing is left of a batch."""
    monkeypatch.setenv("PGPASSWORD", str(bed.postgres.password))
    reader = follower(bed, tmp_path)
    bed.workload.run(states.STEPS)
    done = []
    with reader.at_work():
        for command in commands():
            reader.run(command)
            done.append(command)
            if command.endswith("configure"):
                set_port(bed)
            elif command.endswith(" status"):
                wait_until_caught_up(bed, lambda: reader.run(command))  # noqa: B023 - it is called at once
                assert bed.differences() == []
            elif command.startswith("pg_dump"):
                assert (reader.checkout / "before-2.0.dump").stat().st_size > 10_000
            elif command.endswith("upgrade head"):
                assert bed.query("SELECT t_version FROM sch_chameleon.v_version") == [(HEAD,)]
            elif "start_replica" in command:
                bed.workload.run(states.STEPS)
                wait_for_no_difference(bed)
    assert len(done) == len(set(done)) + 1, "1.8.2 is started twice, everything else once"


def set_port(bed: Bed) -> None:
    """Write this MySQL's port into the new file, which has the only one that 1.8.2 can reach."""
    path = bed.old.environment.home / ".pg_chameleon" / "configuration" / "default.yml"
    written = path.read_text()
    assert written.count("port: '3306'") == 1
    path.write_text(written.replace("port: '3306'", f"port: '{bed.mysql.port}'"))


def wait_until_caught_up(bed: Bed, look: Callable[[], str]) -> None:
    """Look at the status again and again."""
    deadline = time.monotonic() + 60
    before, now = "", look()
    while not caught_up(bed, now, before):
        assert time.monotonic() < deadline, now
        time.sleep(2)
        before, now = now, look()


def wait_for_no_difference(bed: Bed) -> None:
    """Wait until PostgreSQL has what MySQL has."""
    deadline = time.monotonic() + 90
    while found := bed.differences():
        assert time.monotonic() < deadline, found
        time.sleep(1)

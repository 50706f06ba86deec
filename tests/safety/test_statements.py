"""An error after any statement of any revision, up and down: wholly the one version or wholly the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import fresh_database
from tests.support.command import Alembic
from tests.support.faults import fail_after
from tests.support.safety.recorded_states import States, forget_kept, stamped
from tests.support.snapshot import snapshot

OURS = ("chameleon_migrations", "_sch_chameleon_version2")
STEPS = [
    (str(revision.down_revision), str(revision.revision))
    for revision in reversed(list(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")).walk_revisions()))
    if revision.down_revision
]
SWAP = STEPS[0]


@pytest.fixture(scope="module")
def template(states: States, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The name of a database with the recorded catalogue, by version."""
    names = dict(states.templates)
    config = tmp_path_factory.mktemp("template") / "new.yml"
    with ExitStack() as stack:
        for _, version in STEPS[1:]:
            database = stack.enter_context(fresh_database(states.server, list(names.values())[-1]))
            Alembic(write_config(config, database, recorded.SOURCES)).must("upgrade", version)
            names[version] = str(database.database)
        yield names


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids="-".join)
@pytest.mark.parametrize("command", ["upgrade", "downgrade"])
def test_an_error_after_any_statement(
    states: States, template: dict[str, str], tmp_path: Path, command: str, step: tuple[str, str]
) -> None:
    """From the first statement of the command to the last: what was not committed is undone, and a second run completes."""
    start, target = step if command == "upgrade" else reversed(step)
    number, done = 0, False
    while not done:
        with fresh_database(states.server, template[start]) as database:
            alembic = Alembic(write_config(tmp_path / "new.yml", database, recorded.SOURCES))
            number += errors(states, database, alembic, (command, start, target), number)
            done = stamped(database) == target
            alembic.must(command, target)
            assert stamped(database) == target
            if step == SWAP:
                assert states.place(database) == (target, 0)
    sys.stdout.write(f"{command} {start} -> {target}: {number} statements\n")
    assert number > 20


def errors(states: States, database: URL, alembic: Alembic, way: tuple[str, str, str], number: int) -> int:
    """Make the statement `number` fail, and the next in the next run, until a run leaves the database otherwise than before.

    Until then each run is the second run of the one before.

    Returns:
        How many statements failed; the last run succeeded if the version table says so.
    """
    command, start, target = way
    before = snapshot(database, without=OURS)
    count = 0
    while True:
        with fail_after(number + count) as seen:
            result = alembic(command, target)
        assert result.succeeded == (seen.failed is None), result.output
        if not seen.failed:
            return count
        assert "division by zero" in result.output
        assert (stamped(database) or "1.7") == start, seen.failed
        forget_kept(database)
        if snapshot(database, without=OURS) != before:
            # Batches are committed one by one before a swap.
            assert {start, target} == {*SWAP}, seen.failed
            assert states.version(database) == start, seen.failed
            return count + 1
        count += 1

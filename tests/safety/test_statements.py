"""An error after any statement of any revision, up and down: wholly the one version or wholly the other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools import recorded
from devtools.config_file import write_config
from devtools.server import fresh_database
from tests.support.command import Alembic
from tests.support.safety.errors import STEPS, Migration, contents, templates
from tests.support.safety.recorded_states import States, stamped


@pytest.fixture(scope="module")
def template(states: States, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The name of a database with the recorded catalogue, by version."""
    with templates(states, tmp_path_factory.mktemp("template")) as names:
        yield names


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS, ids="-".join)
@pytest.mark.parametrize("command", ["upgrade", "downgrade"])
def test_an_error_after_any_statement(
    states: States, template: dict[str, str], tmp_path: Path, command: str, step: tuple[str, str]
) -> None:
    """To the last statement of the command: what was not committed is undone, and a second run completes.

    What comes before the lock is the same in all steps between 2.0 catalogues: the errors begin there in the first of them.
    """
    counted_from = "" if step in STEPS[:2] else "LOCK TABLE"
    start, target = step if command == "upgrade" else reversed(step)
    number, done = 0, False
    while not done:
        with fresh_database(states.server, template[start]) as database:
            alembic = Alembic(write_config(tmp_path / "new.yml", database, recorded.SOURCES))
            migration = Migration(states, database, alembic, command, start, target, counted_from)
            number += errors(migration, number)
            done = stamped(database) == target
            migration.complete()
    sys.stdout.write(f"{command} {start} -> {target}: {number} statements\n")
    assert number > (5 if counted_from else 50)


def errors(migration: Migration, number: int) -> int:
    """Make the statement `number` fail, and the next in the next run, until a run leaves the database otherwise than before.

    Until then each run is the second run of the one before.

    Returns:
        How many statements failed; the last run succeeded if the version table says so.
    """
    count, before = 0, contents(migration.database)
    while left := migration.with_an_error(number + count, before):
        count += 1
        if left != before:
            break
    return count

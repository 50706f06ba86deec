"""An error after a statement of a migration: wholly the one version or wholly the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import fresh_database
from tests.support.command import Alembic
from tests.support.faults import fail_after
from tests.support.psql import dumped
from tests.support.safety.recorded_states import States, forget_kept, stamped
from tests.support.snapshot import snapshot

OURS = ("chameleon_migrations", "_sch_chameleon_version2")
STEPS = [
    (str(revision.down_revision), str(revision.revision))
    for revision in reversed(list(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")).walk_revisions()))
    if revision.down_revision
]
SWAP = STEPS[0]


@contextmanager
def templates(states: States, directory: Path) -> Iterator[dict[str, str]]:
    """Yield the name of a database with the recorded catalogue, by version."""
    names = dict(states.templates)
    with ExitStack() as stack:
        for _, version in STEPS[1:]:
            database = stack.enter_context(fresh_database(states.server, list(names.values())[-1]))
            config = write_config(directory / "new.yml", database, recorded.SOURCES)
            Alembic(config).must("upgrade", version)
            names[version] = str(database.database)
        yield names


Contents = dict[str, Any]
"""What a snapshot holds."""


def contents(database: URL) -> Contents:
    """Return what an error has to leave as it was."""
    return snapshot(database, without=OURS)


@dataclass(frozen=True)
class Migration:
    """A command that takes the catalogue of a database one step, up or down.

    Its statements are counted from the first one on that holds `counted_from`.
    """

    states: States
    database: URL
    alembic: Alembic
    command: str
    start: str
    target: str
    counted_from: str = ""

    def with_an_error(self, number: int, before: Contents) -> Contents | None:
        """Run it with an error after the statement `number`; check that it is undone, but for batches before a swap.

        Returns:
            What the database holds then; None where the command has fewer statements, and so succeeds.
        """
        with fail_after(number, starting=self.counted_from) as seen:
            result = self.alembic(self.command, self.target)
        assert result.succeeded == (seen.failed is None), result.output
        if not seen.failed:
            return None
        assert "division by zero" in result.output
        assert "Traceback" not in result.output
        assert (stamped(self.database) or "1.7") == self.start, seen.failed
        forget_kept(self.database)
        left = contents(self.database)
        if left != before:
            # Batches are committed one by one before a swap.
            assert {self.start, self.target} == {*SWAP}, seen.failed
            assert self.states.version(self.database) == self.start, seen.failed
        return left

    def complete(self) -> None:
        """Run it, and check where it arrives."""
        self.alembic.must(self.command, self.target)
        assert stamped(self.database) == self.target
        if {self.start, self.target} == {*SWAP}:
            assert self.states.place(self.database) == (self.target, 0)


def error_somewhere(states: States, names: dict[str, str], directory: Path, random: Random) -> str | None:
    """Make a random statement of a random step fail, and complete it; return which step, or None where it has fewer."""
    step = random.choice(STEPS)
    command, start, target = random.choice([("upgrade", *step), ("downgrade", *reversed(step))])
    number = random.randrange(300 if step == SWAP else 90)
    with fresh_database(states.server, names[start]) as database, dumped(database, directory):
        alembic = Alembic(write_config(directory / "new.yml", database, recorded.SOURCES))
        migration = Migration(states, database, alembic, command, start, target)
        if migration.with_an_error(number, contents(database)) is None:
            return None
        migration.complete()
        return f"{command}: undone"

"""An error after a statement of a migration: wholly the one version or wholly the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import NamedTuple

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


class Way(NamedTuple):
    """One step of the chain, up or down."""

    command: str
    start: str
    target: str


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


class Failed(NamedTuple):
    """The statement that was made to fail, and whether the database was left otherwise than before."""

    statement: str
    changed: bool


def one_error(states: States, database: URL, alembic: Alembic, way: Way, number: int) -> Failed | None:
    """Make the statement `number` of a command fail; return None where the command has fewer and succeeds."""
    before = snapshot(database, without=OURS)
    with fail_after(number) as seen:
        result = alembic(way.command, way.target)
    assert result.succeeded == (seen.failed is None), result.output
    if not seen.failed:
        return None
    assert "division by zero" in result.output
    assert "Traceback" not in result.output
    assert (stamped(database) or "1.7") == way.start, seen.failed
    forget_kept(database)
    changed = snapshot(database, without=OURS) != before
    if changed:
        # Batches are committed one by one before a swap.
        assert {way.start, way.target} == {*SWAP}, seen.failed
        assert states.version(database) == way.start, seen.failed
    return Failed(seen.failed, changed)


def error_somewhere(states: States, names: dict[str, str], directory: Path, random: Random) -> str | None:
    """Make a random statement of a random step fail, and complete it; return which step, or None where it has fewer."""
    step = random.choice(STEPS)
    way = Way(*random.choice([("upgrade", *step), ("downgrade", *reversed(step))]))
    number = random.randrange(250 if step == SWAP else 90)
    with fresh_database(states.server, names[way.start]) as database, dumped(database, directory):
        alembic = Alembic(write_config(directory / "new.yml", database, recorded.SOURCES))
        if one_error(states, database, alembic, way, number) is None:
            return None
        alembic.must(way.command, way.target)
        assert stamped(database) == way.target
        if step == SWAP:
            assert states.place(database) == (way.target, 0)
        return f"{way.command}: undone"

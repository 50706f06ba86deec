"""An error after any statement of any revision, up and down: wholly the one version or wholly the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL

from tests import recorded
from tests.command import ROOT, Alembic, write_config
from tests.faults import fail_after
from tests.safety.recorded_states import States, forget_kept, stamped
from tests.server import fresh_database
from tests.snapshot import snapshot

OURS = ("chameleon_migrations", "_sch_chameleon_version2")
STEPS = [
    (str(revision.down_revision), str(revision.revision))
    for revision in reversed(list(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")).walk_revisions()))
    if revision.down_revision
]


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
    server: URL, template: dict[str, str], tmp_path: Path, command: str, step: tuple[str, str]
) -> None:
    """The step is undone as a whole, the version table agrees, and a second run completes."""
    start, target = step if command == "upgrade" else reversed(step)
    number, failed = 0, True
    while failed:
        with fresh_database(server, template[start]) as database:
            alembic = Alembic(write_config(tmp_path / "new.yml", database, recorded.SOURCES))
            before = snapshot(database, without=OURS)
            with fail_after(number, starting="LOCK TABLE") as seen:
                result = alembic(command, target)
            failed = seen.failed is not None
            assert result.succeeded != failed, result.output
            if failed:
                assert "Traceback" not in result.output
                assert stamped(database) == start, seen.failed
                if step != STEPS[0]:
                    assert snapshot(database, without=OURS) == before, seen.failed
                forget_kept(database)
                alembic.must(command, target)
            assert stamped(database) == target
        number += 1
    assert number > 3

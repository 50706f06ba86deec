"""Hooks as values of revision files: found, missing, copied, and read together with checks of a user's own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import URL

from chameleon_migrations import cli
from chameleon_migrations.checks.check import read_check
from chameleon_migrations.database.sql_files import searched
from chameleon_migrations.errors import UserError
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.versions import HEAD, NEXT
from tests.support.command import Alembic
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue, "head")


@pytest.fixture
def mine(database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Alembic:
    """Alembic with a directory of the user's own revisions, on the recorded catalogue."""
    monkeypatch.chdir(tmp_path)
    cli.main(["init", "mine"])
    config = write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)
    return Alembic(config, tmp_path / "mine" / "alembic.ini")


def copy_of_head(mine: Alembic, *changes: tuple[str, str]) -> Path:
    """Start the next revision as a copy of the newest, with `changes` of its text."""
    file = mine.ini.parent / "versions" / f"{NEXT}.py"
    text = (ROOT / "versions" / f"{HEAD}.py").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file.write_text(text)
    return file


def renumbered() -> tuple[tuple[str, str], ...]:
    below = f'down_revision = "{HEAD.rsplit(".", 1)[0]}.{int(HEAD.rsplit(".", 1)[1]) - 1}"'
    return ((f'\nrevision = "{HEAD}"', f'\nrevision = "{NEXT}"'), (below, f'down_revision = "{HEAD}"'))


def test_a_copy_of_the_newest_revision_starts_the_next(mine: Alembic) -> None:
    """With another id, it runs up and down with the hooks that it brought along."""
    copy_of_head(mine, *renumbered())
    mine.must("upgrade", "head")
    assert mine.current() == f"{NEXT} (head)"
    mine.must("downgrade", HEAD)


def test_a_copy_with_the_same_id_is_refused(mine: Alembic, database: URL) -> None:
    """Alembic would warn, and take the hooks and steps of one of the two."""
    copy_of_head(mine)
    before = snapshot(database)
    assert f"Revision {HEAD} is present more than once" in mine.must_fail("upgrade", "head")
    assert snapshot(database) == before


@pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
def test_a_missing_hook_is_refused_at_once(mine: Alembic, database: URL, direction: str) -> None:
    """Before the first step, also where the revision that lacks it comes later."""
    file = copy_of_head(mine, *renumbered())
    if direction == "downgrade":
        mine.must("upgrade", "head")
    else:
        mine.must("downgrade", "2.0.9")
    file.write_text(file.read_text().replace(f"before_{direction} = ", f"before_{direction}s = "))
    before = snapshot(database)
    said = mine.must_fail(direction, "head" if direction == "upgrade" else "2.0.9")
    assert f"has no value before_{direction}; nothing was changed" in said
    assert snapshot(database) == before


def test_a_revision_without_a_hook_runs(mine: Alembic) -> None:
    """One that asks nothing before it needs none."""
    copy_of_head(
        mine,
        *renumbered(),
        ("before_", "# before_"),
        ("    op.run_pre_revision_hook(revision)\n", ""),
        ("    op.run_pre_revision_hook(revision, DOWNGRADE)\n", ""),
    )
    mine.must("upgrade", "head")
    mine.must("downgrade", HEAD)


def test_a_check_needs_its_head(tmp_path: Path) -> None:
    """A file without title, failure or remedy is named with what it lacks; lines that begin no field go on with the last."""
    file = tmp_path / "9.0" / "a.sql"
    file.parent.mkdir()
    with searched([str(tmp_path)]):
        file.write_text(
            "-- title: It holds\n-- failure: it does not,\n--   not at all\n--\n-- All of it holds. Or so.\nSELECT 1"
        )
        with pytest.raises(UserError, match=r"9\.0/a\.sql: found no comment line '-- remedy:'"):
            read_check("9.0/a.sql")
        file.write_text(file.read_text().replace("--\n-- All", "-- remedy: None: wait.\n--\n-- All"))
        check = read_check("9.0/a.sql")
    assert (check.title, check.failure, check.remedy, check.needed) == (
        "It holds",
        "it does not, not at all",
        "None: wait.",
        "All of it holds",
    )


def test_the_version_locations_of_one_command_are_not_those_of_the_next(tmp_path: Path) -> None:
    """A second configuration in the same process finds its own files only."""
    places = [tmp_path / name for name in ("one", "two")]
    for place in places:
        (place / "9.0").mkdir(parents=True)
        shutil.copy(
            ROOT / "versions" / "common" / "checks" / "owner.sql", place / "9.0" / f"{place.name}.sql"
        )
        with searched([str(place)]):
            read_check(f"9.0/{place.name}.sql")
        with pytest.raises(FileNotFoundError):
            read_check(f"9.0/{place.name}.sql")

"""A directory of the user's own revisions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.versions import NEXT, for_next
from tests.support.templates import begins_with, recorded_catalogue

REVISION = for_next('''"""The catalogue of the future."""

from chameleon_migrations import op

revision = "2.0.11"
down_revision = "2.0.10"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.rename_schema("theirs", "mine")
    op.set_catalogue_version("2.0.11", instead_of="2.0.10")


def downgrade() -> None:
    op.rename_schema("mine", "theirs")
    op.set_catalogue_version("2.0.10", instead_of="2.0.11")
''')


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ``init`` makes."""
    monkeypatch.chdir(tmp_path)
    cli.main(["init", "mine"])
    return tmp_path / "mine"


@begins_with(recorded_catalogue)
def test_a_revision_of_ones_own_follows_ours(mine: Path, database: URL, tmp_path: Path) -> None:
    """From 1.7 through all of ours to it, and back, by one command."""
    (mine / "versions" / f"{NEXT}.py").write_text(REVISION)
    engine = create_engine(database, poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA theirs"))
    config = write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)
    command = ["-c", str(mine / "alembic.ini"), "--config", str(config)]
    schemas = text("SELECT nspname FROM pg_namespace WHERE nspname IN ('mine', 'theirs')")
    for arguments, there in ((["upgrade", "head"], "mine"), (["downgrade", "-1"], "theirs")):
        cli.main([*command, *arguments])
        with engine.connect() as connection:
            assert connection.scalars(schemas).all() == [there]


def test_what_it_says_makes_the_next_revision(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The new file lies in the user's directory, and follows our head."""
    cli.main(
        [
            "-c",
            "mine/alembic.ini",
            "revision",
            "--version-path",
            "mine/versions",
            "--rev-id",
            NEXT,
            "-m",
            "more",
        ]
    )
    capsys.readouterr()
    cli.main(["-c", "mine/alembic.ini", "heads"])
    assert capsys.readouterr().out.strip() == f"{NEXT} (head)"
    assert [path.name for path in (mine / "versions").glob("*.py")] == [f"{NEXT}.py"]


@pytest.mark.slow
def test_its_operations_are_typed(mine: Path) -> None:
    """Type checkers know each operation in a user's revision, and what it takes."""
    revision = mine / "versions" / "future.py"
    for body, status in ((REVISION, 0), (REVISION.replace('"theirs", "mine"', '"theirs", 1'), 1)):
        revision.write_text(body)
        done = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--config-file=", str(revision)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout


def test_a_directory_that_holds_something_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, and nothing is written."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "here").touch()
    with pytest.raises(SystemExit):
        cli.main(["init", str(tmp_path / "mine")])
    assert "is not empty" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["here"]

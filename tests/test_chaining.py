"""docs/chaining.md, done as it is written: the next version in this repository, and in a project of somebody's own."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from tests.command import ROOT, Alembic, write_config
from tests.structure import recorded, structure

DOCUMENT = (ROOT / "docs" / "chaining.md").read_text()
BLOCK = re.compile(r'^```(\w+)(?: title="([^"\n]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)

FUNCTION = "SELECT prosrc FROM pg_proc WHERE oid = 'sch_chameleon.fn_refresh_parts'::regproc"


def files() -> dict[str, str]:
    """Return the text of each file that the document shows."""
    return {title: body for _, title, body in BLOCK.findall(DOCUMENT) if title}


def commands(heading: str) -> list[list[str]]:
    """Return the commands that the document shows under a heading, each in words."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    shown = "".join(body for language, _, body in BLOCK.findall(section) if language == "console")
    return [shlex.split(line.removeprefix("$ ")) for line in shown.splitlines()]


def alembic(project: Path, package: Path, config: Path, *words: str) -> str:
    """Run ``alembic`` in `project`, with the package of the checkout `package`, and return what it printed."""
    arguments = [word.replace("config=default", f"config={config}") for word in words]
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(package), "CHAMELEON_CONFIG": str(config)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of a database with an empty head catalogue."""
    path = write_config(tmp_path / "new.yml", database, {"mysql": {"my": "db"}})
    Alembic(path).must("-x", "create=YES", "upgrade", "head")
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The project that the document describes, as it is before the first command."""
    directory = tmp_path / "project"
    for name, body in files().items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        # The wheel has the scripts inside the package; a checkout has them at its root.
        (directory / name).write_text(body.replace("chameleon_migrations:scripts", str(ROOT)))
    (directory / "versions" / "2.0.11.py").unlink()
    shutil.copy(ROOT / "script.py.mako", directory)
    return directory


def test_a_project_chains_after_our_head(database: URL, config: Path, project: Path) -> None:
    """Each command of the document does what it says, and writes the revision that it shows; ours stay as they are."""
    ours = sorted(path.name for path in (ROOT / "versions").iterdir())
    revise, *others, script = commands("In a project of your own")
    alembic(project, ROOT, config, *revise[1:])
    written = ast.parse((project / "versions" / "2.0.11.py").read_text())
    assert ast.unparse(written) == ast.unparse(ast.parse(files()["versions/2.0.11.py"]))
    for words in others:
        alembic(project, ROOT, config, *words[1:])
        version = "2.0.10" if "downgrade" in words else "2.0.11"
        with create_engine(database, poolclass=NullPool).connect() as connection:
            assert connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version")) == version
            assert (structure(connection) == recorded("2.0.10")) == (version == "2.0.10")
    assert "CREATE OR REPLACE VIEW sch_chameleon.v_notes" in alembic(project, ROOT, config, *script[1:])
    assert sorted(path.name for path in (ROOT / "versions").iterdir()) == ours


def test_the_next_version_in_this_repository(database: URL, tmp_path: Path, config: Path) -> None:
    """After the change that the document describes, the revision that is written installs the new text, and the old one."""
    checkout = tmp_path / "checkout"
    for name in ("chameleon_migrations", "versions"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in ("alembic.ini", "env.py", "script.py.mako"):
        shutil.copy(ROOT / name, checkout)
    old = (ROOT / "versions/1.7/fn_refresh_parts.sql").read_text()
    (checkout / "versions" / "2.0.11").mkdir()
    (checkout / "versions/2.0.11/fn_refresh_parts.sql").write_text(old.replace("BEGIN", "BEGIN -- new", 1))
    metadata = checkout / "chameleon_migrations" / "metadata.py"
    metadata.write_text(
        metadata.read_text().replace("1.7/fn_refresh_parts.sql", "2.0.11/fn_refresh_parts.sql")
    )
    (words,) = commands("In this repository")
    alembic(checkout, checkout, config, *words[1:])
    written = (checkout / "versions" / "2.0.11.py").read_text()
    assert re.findall(r"op\.install_objects\((.*)\)", written) == [
        "'2.0.11/fn_refresh_parts.sql'",
        "'1.7/fn_refresh_parts.sql'",
    ]
    for command, target, new in (("upgrade", "head", True), ("downgrade", "2.0.10", False)):
        alembic(checkout, checkout, config, command, target)
        with create_engine(database, poolclass=NullPool).connect() as connection:
            body = connection.scalar(text(FUNCTION))
        assert ("-- new" in str(body)) == new


def test_the_check_of_the_document(config: Path) -> None:
    """The command that the document begins with finds nothing on a head catalogue."""
    (words,) = commands("Is the catalogue what it should be?")
    alembic(ROOT, ROOT, config, *words[1:])


MORE = """
from sqlalchemy import BigInteger, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import ENUM

kind = ENUM("idea", "it's", name="en_note", schema="sch_chameleon", create_type=False)
metadata.tables["sch_chameleon.t_replica_tables"].append_column(Column("enm_note", kind))
Table(
    "t_notes",
    metadata,
    Column("i_id_note", BigInteger, autoincrement=True, nullable=False),
    Column("enm_note", kind, server_default="idea", nullable=False),
    PrimaryKeyConstraint("i_id_note", name="pk_t_notes"),
)
"""


def test_a_new_table_and_a_new_enum(database: URL, config: Path, project: Path) -> None:
    """What autogenerate writes for an enum that only new columns have runs up and down, and leaves nothing to find."""
    environment = project / "env.py"
    environment.write_text(environment.read_text().replace("\nif context", f"{MORE}\nif context", 1))
    revise, *others, _ = commands("In a project of your own")
    for words in (revise, *others):
        alembic(project, ROOT, config, *words[1:])
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert structure(connection) == recorded("2.0.10")


def test_a_revision_that_is_no_catalogue_version(database: URL, config: Path, project: Path) -> None:
    """It leaves `v_version` alone, is where alembic goes on from, and comes after our head."""
    alembic(
        project,
        ROOT,
        config,
        "revision",
        "-m",
        "Ours.",
        "--rev-id",
        "add_our_table",
        "--version-path",
        "versions",
    )
    assert "set_catalogue_version" not in (project / "versions" / "add_our_table.py").read_text()
    alembic(project, ROOT, config, "upgrade", "head")
    assert alembic(project, ROOT, config, "current") == "add_our_table (head)\n"
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version")) == "2.0.10"
    alembic(project, ROOT, config, "downgrade", "2.0.10")
    assert alembic(project, ROOT, config, "current") == "2.0.10\n"

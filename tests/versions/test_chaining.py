"""docs/chaining.md, done as it is written: the next version in this repository, and in a project of somebody's own."""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.config_file import ROOT, write_config
from devtools.structure import recorded, structure
from tests.support.command import Alembic

DOCUMENT = (ROOT / "docs" / "chaining.md").read_text()
BLOCK = re.compile(r'^```(\w+)(?: title="([^"\n]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)

FUNCTION = "SELECT prosrc FROM pg_proc WHERE oid = 'sch_chameleon.fn_refresh_parts'::regproc"


def commands(heading: str) -> list[list[str]]:
    """Return the commands that the document shows under a heading, each in words."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    shown = "".join(body for language, _, body in BLOCK.findall(section) if language == "console")
    return [shlex.split(line.removeprefix("$ ")) for line in shown.splitlines()]


FILES = {title: body for _, title, body in BLOCK.findall(DOCUMENT) if title}
"""The text of each file that the document shows."""

OWN = commands("In a project of your own")
MODULES = {"alembic": "alembic", "chameleon-migrations": "chameleon_migrations.cli"}


@dataclass(frozen=True)
class Shell:
    """Runs the document's commands in `directory`, with the package of the checkout `package`."""

    directory: Path
    config: Path
    package: Path = ROOT

    def __call__(self, *words: str) -> str:
        """Run a command that has to succeed, and return what it printed; the configuration ``default`` is ours."""
        program, *arguments = (re.sub("^(config=)?default$", rf"\g<1>{self.config}", word) for word in words)
        done = subprocess.run(
            [sys.executable, "-m", MODULES[program], *arguments],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(self.package)},
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
def shell(config: Path, tmp_path: Path) -> Shell:
    """Where the project of the document is set up, as it is before its first revision."""
    shell = Shell(tmp_path, config)
    shell(*OWN[0])
    for name, body in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(body)
    (tmp_path / "mine" / "versions" / "2.0.11.py").unlink()
    return shell


def says(database: URL) -> str:
    """Return the version that the catalogue says."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return str(connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version")))


def is_head(database: URL) -> bool:
    """Tell whether the catalogue has the structure of our head."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return structure(connection) == recorded("2.0.10")


def test_a_project_chains_after_our_head(database: URL, shell: Shell) -> None:
    """Each command of the document does what it says, and writes the revision that it shows; ours stay as they are."""
    ours = sorted(path.name for path in (ROOT / "versions").iterdir())
    shell(*OWN[1])
    written = ast.parse((shell.directory / "mine" / "versions" / "2.0.11.py").read_text())
    assert ast.unparse(written) == ast.unparse(ast.parse(FILES["mine/versions/2.0.11.py"]))
    for words in OWN[2:-1]:
        shell(*words)
        version = "2.0.10" if "downgrade" in words else "2.0.11"
        assert says(database) == version
        assert is_head(database) == (version == "2.0.10")
    assert "CREATE OR REPLACE VIEW sch_chameleon.v_notes" in shell(*OWN[-1])
    assert sorted(path.name for path in (ROOT / "versions").iterdir()) == ours


@pytest.mark.slow
def test_the_next_version_in_this_repository(database: URL, tmp_path: Path, config: Path) -> None:
    """After the change that the document describes, the revision that is written installs the new text, and the old one."""
    checkout = tmp_path / "checkout"
    for name in ("chameleon_migrations", "versions"):
        shutil.copytree(ROOT / name, checkout / name)
    for name in ("alembic.ini", "env.py", "script.py.mako"):
        shutil.copy(ROOT / name, checkout)
    old = (ROOT / "versions/common/fn_refresh_parts.sql").read_text()
    (checkout / "versions" / "2.0.11").mkdir()
    (checkout / "versions/2.0.11/fn_refresh_parts.sql").write_text(old.replace("BEGIN", "BEGIN -- new", 1))
    metadata = checkout / "chameleon_migrations" / "metadata.py"
    metadata.write_text(
        metadata.read_text().replace("common/fn_refresh_parts.sql", "2.0.11/fn_refresh_parts.sql")
    )
    shell = Shell(checkout, config, checkout)
    (revise,) = commands("In this repository")
    shell(*revise)
    written = (checkout / "versions" / "2.0.11.py").read_text()
    assert re.findall(r"op\.install_objects\((.*)\)", written) == [
        "'2.0.11/fn_refresh_parts.sql'",
        "'common/fn_refresh_parts.sql'",
    ]
    for command, target, new in (("upgrade", "head", True), ("downgrade", "2.0.10", False)):
        shell("alembic", "-x", "config=default", command, target)
        with create_engine(database, poolclass=NullPool).connect() as connection:
            body = connection.scalar(text(FUNCTION))
        assert ("-- new" in str(body)) == new


def test_the_check_of_the_document(config: Path) -> None:
    """The command that the document begins with finds nothing on a head catalogue."""
    (check,) = commands("Is the catalogue what it should be?")
    Shell(ROOT, config)(*check)


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


@pytest.mark.slow
def test_a_new_table_and_a_new_enum(database: URL, shell: Shell) -> None:
    """What autogenerate writes for an enum that only new columns have runs up and down, and leaves nothing to find."""
    environment = shell.directory / "mine" / "env.py"
    environment.write_text(environment.read_text().replace("\nif context", f"{MORE}\nif context", 1))
    for words in OWN[1:-1]:
        shell(*words)
    assert is_head(database)


def test_a_revision_that_is_no_catalogue_version(database: URL, shell: Shell) -> None:
    """It leaves `v_version` alone, is where alembic goes on from, and comes after our head."""
    ours = ("chameleon-migrations", "-c", "mine/alembic.ini", "--config", "default")
    shell(*ours, "revision", "-m", "Ours.", "--rev-id", "add_our_table", "--version-path", "mine/versions")
    assert "set_catalogue_version" not in (shell.directory / "mine/versions/add_our_table.py").read_text()
    shell(*ours, "upgrade", "head")
    assert shell(*ours, "current") == "add_our_table (head)\n"
    assert says(database) == "2.0.10"
    shell(*ours, "downgrade", "2.0.10")
    assert shell(*ours, "current") == "2.0.10\n"

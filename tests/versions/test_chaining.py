"""docs/chaining.md, step by step: the next version in this repository, and in a project of one's own."""

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

from chameleon_migrations import cli
from devtools.config_file import ROOT, write_config
from devtools.structure import recorded, structure
from devtools.versions import HEAD, NEXT, for_next
from tests.support.command import Alembic
from tests.support.templates import begins_with, upgrade

DOCUMENT = for_next((ROOT / "docs" / "chaining.md").read_text())
BLOCK = re.compile(r'^ *```(\w+)(?: title="([^"\n]+)")?\n(.*?)^ *```$', re.MULTILINE | re.DOTALL)

MAPPINGS = {"mysql": {"my": "db"}}

FUNCTION = "SELECT prosrc FROM pg_proc WHERE oid = 'sch_chameleon.fn_refresh_parts'::regproc"


def commands(heading: str) -> list[list[str]]:
    """Return the commands that the document shows under a heading, each in words."""
    section = DOCUMENT.split(f"## {heading}\n")[1].split("\n## ")[0]
    shown = "".join(body for language, _, body in BLOCK.findall(section) if language == "console")
    return [shlex.split(line.removeprefix("$ ")) for line in map(str.strip, shown.splitlines())]


FILES = {title: body for _, title, body in BLOCK.findall(DOCUMENT) if title}
"""The text of each file that the document shows."""

OWN = commands("In a project of your own")
MODULES = {
    "alembic": ["-m", "alembic"],
    "chameleon-migrations": ["-m", "chameleon_migrations.cli"],
    "python": [],
}


@dataclass(frozen=True)
class Shell:
    """Runs the document's commands in `directory`, with the package of the checkout `package`."""

    directory: Path
    config: Path
    package: Path = ROOT
    server: URL | None = None

    def __call__(self, *words: str) -> str:
        """Run a command that has to succeed, and return what it printed; the configuration ``default`` is ours."""
        program, *arguments = (re.sub("^(config=)?default$", rf"\g<1>{self.config}", word) for word in words)
        done = subprocess.run(
            [sys.executable, *MODULES[program], *arguments],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(self.package), **self._server()},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _server(self) -> dict[str, str]:
        """Return what lets a command use the server of the tests, and start none of its own."""
        if self.server is None or "TEST_DATABASE_URL" in os.environ:
            return {}
        url = URL.create(
            "postgresql",
            username=self.server.username,
            database=self.server.database,
            query={"host": str(self.server.host)},
        )
        return {"TEST_DATABASE_URL": url.render_as_string(hide_password=False)}


def created(database: URL) -> None:
    """Create an empty catalogue at head."""
    upgrade(database, MAPPINGS, "head", "-x", "create=YES")


pytestmark = begins_with(created)


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of the catalogue."""
    return write_config(tmp_path / "new.yml", database, MAPPINGS)


@pytest.fixture
def shell(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """The directory of the document's project, which is the current one, before its first revision."""
    monkeypatch.chdir(tmp_path)
    shell = Shell(tmp_path, config)
    program, *init = OWN[0]
    assert program == "chameleon-migrations"
    cli.main(init)
    for name, body in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(body)
    (tmp_path / "mine" / "versions" / f"{NEXT}.py").unlink()
    return shell


def says(database: URL) -> str:
    """Return the version that the catalogue says."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return str(connection.scalar(text("SELECT t_version FROM sch_chameleon.v_version")))


def is_head(database: URL) -> bool:
    """Tell whether the catalogue has the structure of our head."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return structure(connection) == recorded(HEAD)


def test_a_project_chains_after_our_head(database: URL, shell: Shell) -> None:
    """Each command of the document works, and writes the revision that is shown; our revisions stay unchanged."""
    ours = sorted(path.name for path in (ROOT / "versions").iterdir())
    shell(*OWN[1])
    written = ast.parse((shell.directory / "mine" / "versions" / f"{NEXT}.py").read_text())
    assert ast.unparse(written) == ast.unparse(ast.parse(FILES[f"mine/versions/{NEXT}.py"]))
    for words in OWN[2:-1]:
        shell(*words)
        version = HEAD if "downgrade" in words else NEXT
        assert says(database) == version
        assert is_head(database) == (version == HEAD)
    assert "CREATE OR REPLACE VIEW sch_chameleon.v_notes" in shell(*OWN[-1])
    assert sorted(path.name for path in (ROOT / "versions").iterdir()) == ours


CHANGED = 'Column("t_source", Text, nullable=False),'
"""A line of the head's description, after which the next version has a column more."""


@pytest.mark.slow
def test_the_next_version_in_this_repository(
    server: URL, database: URL, tmp_path: Path, config: Path
) -> None:
    """Followed to the letter in a copy, the guide ends with a chain that passes lint and tests, and runs both ways."""
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".*", "__pycache__", "site"))
    before = contents(checkout)
    old = (checkout / "versions/common/fn_refresh_parts.sql").read_text()
    (checkout / "versions" / NEXT).mkdir()
    (checkout / f"versions/{NEXT}/fn_refresh_parts.sql").write_text(old.replace("BEGIN", "BEGIN -- new", 1))
    head = checkout / "chameleon_migrations" / "autogenerate" / "head.py"
    changed = head.read_text().replace("common/fn_refresh_parts.sql", f"{NEXT}/fn_refresh_parts.sql")
    head.write_text(changed.replace(CHANGED, f'{CHANGED}\n    Column("t_remark", Text),', 1))
    shell = Shell(checkout, config, checkout, server)
    for words in commands("In this repository"):
        shell(*words)
    after = contents(checkout)
    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        "chameleon_migrations/autogenerate/head.py",
        f"versions/{NEXT}.py",
        f"versions/{NEXT}/fn_refresh_parts.sql",
        f"versions/{NEXT}/structure.json",
    }
    for options in (["check", "."], ["format", "--check", "."]):
        shell("python", "-m", "ruff", *options)
    shell("python", "-m", "pytest", "-q", "-m", "not slow", "--deselect", __name__, *OF_THE_CHAIN)
    for command, target, new in (("upgrade", "head", True), ("downgrade", HEAD, False)):
        shell("alembic", "-x", "config=default", command, target)
        with create_engine(database, poolclass=NullPool).connect() as connection:
            body = connection.scalar(text(FUNCTION))
        assert ("-- new" in str(body)) == new
    assert "-- new" in shell("alembic", "-x", "config=default", "upgrade", f"{HEAD}:{NEXT}", "--sql")


OF_THE_CHAIN = [
    "tests/versions",
    "tests/autogenerate",
    "tests/running/test_script.py",
    "tests/commands/test_init.py",
]
"""The tests that go through all revisions."""


def contents(directory: Path) -> dict[str, str]:
    """Return the text of each file below `directory`, by name; what tools keep for themselves is left out."""
    return {
        path.relative_to(directory).as_posix(): path.read_text(errors="replace")
        for path in directory.rglob("*")
        if path.is_file() and not {"__pycache__", ".ruff_cache"} & {*path.parts}
    }


def test_the_check_of_the_document(config: Path) -> None:
    """The command that the document begins with finds nothing on a head catalogue."""
    (check,) = commands("Compare the catalogue with its version")
    Shell(ROOT, config)(*check)


MORE = """
from sqlalchemy import BigInteger, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import ENUM

kind = ENUM("idea", "it's", name="en_note", schema="sch_chameleon", create_type=False)
head.tables["sch_chameleon.t_replica_tables"].append_column(Column("enm_note", kind))
Table(
    "t_notes",
    head,
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


def test_two_commands_in_one_process(shell: Shell, database: URL) -> None:
    """The head is a value: what one command was handed over is not there for the next."""
    shell(*OWN[1])
    alembic = Alembic(shell.config, shell.directory / "mine" / "alembic.ini")
    for arguments in (("upgrade", "head"), ("check",), ("check",)):
        alembic.must(*arguments)
    assert says(database) == NEXT


def test_a_revision_that_is_no_catalogue_version(
    database: URL, shell: Shell, capsys: pytest.CaptureFixture[str]
) -> None:
    """It leaves `v_version` alone, is where alembic goes on from, and comes after our head."""

    def ours(*words: str) -> str:
        capsys.readouterr()
        cli.main(["-c", "mine/alembic.ini", "--config", str(shell.config), *words])
        return capsys.readouterr().out

    ours("revision", "-m", "Ours.", "--rev-id", "add_our_table", "--version-path", "mine/versions")
    assert "set_catalogue_version" not in (shell.directory / "mine/versions/add_our_table.py").read_text()
    ours("upgrade", "head")
    assert ours("current") == "add_our_table (head)\n"
    assert says(database) == HEAD
    ours("downgrade", HEAD)
    assert ours("current") == f"{HEAD}\n"

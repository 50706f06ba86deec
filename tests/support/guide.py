"""The guide's code blocks, run as a reader would: commands, SQL statements, and the reader's own revision in Python.

What is marked ``sh`` is not run: it is another program's, or the system's.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import ROOT
from devtools.server import create_owner, execute, fresh_database, running_server

_BLOCK = re.compile(r"^```(console|sql|python)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


_TIME = re.compile(r"^\d\d:\d\d:\d\d(?= )", re.MULTILINE)
_SECONDS = re.compile(r"\b\d+\.\d s\b")
"""What differs from run to run, and is one and the same in the guide."""

PAGES = ("upgrade.md", "rollback.md", "own.md")
"""In the order in which they are followed."""


@dataclass(frozen=True)
class Reader:
    """A reader of the guide: a home directory with the old files, and the old catalogue in a database."""

    home: Path
    database: URL

    def prepare(self) -> None:
        """Be where the guide begins: a recorded 1.7 catalogue, and the old files that name its database."""
        recorded.load(self.database)
        old = self.home / ".pg_chameleon" / "config"
        old.mkdir(parents=True)
        connection = {
            "host": self.database.host,
            "port": self.database.port or 5432,
            "user": self.database.username,
            "password": self.database.password,
        }
        for path in (recorded.RECORDED / "v1-config").iterdir():
            content = yaml.safe_load(path.read_text())
            content.update(pg_conn=connection, pg_database=self.database.database)
            content["mysql_conn"]["host"] = "127.0.0.9"  # where no MySQL answers, whatever runs on this host
            (old / path.name).write_text(yaml.safe_dump(content))

    def follow(self, page: str) -> Iterator[tuple[str, str]]:
        """Yield each console block of `page` with what its commands print now; the other blocks take effect in between."""
        for kind, block in _BLOCK.findall((ROOT / "docs" / page).read_text()):
            if kind == "sql":
                execute(self.database, block)
            elif kind == "python":
                (self.home / "mine" / "versions" / "2.0.11.py").write_text(block)
            else:
                yield block, self._run_all(block)

    def _run_all(self, block: str) -> str:
        """Return `block` with what its commands print now."""
        commands = [line for line in block.splitlines() if line.startswith("$ ")]
        return "".join(f"{command}\n{self._run(command.removeprefix('$ '))}" for command in commands)

    def _run(self, command: str) -> str:
        """Return what `command` prints, on both of its outputs, the home directory as ``~``."""
        program, *arguments = shlex.split(command)
        assert program == "chameleon-migrations"
        done = subprocess.run(
            [sys.executable, "-m", "chameleon_migrations.cli", *arguments],
            cwd=self.home,
            env={**os.environ, "HOME": str(self.home), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        printed = _TIME.sub("03:14:15", done.stdout.replace(str(self.home), "~"))
        lines = _SECONDS.sub("0.2 s", printed).splitlines()
        return "".join(f"{line.rstrip()}\n" for whole in lines for line in _wrapped(whole))


def _wrapped(line: str) -> list[str]:
    """Return `line` as lines of at most 80 columns; a longer word stays whole."""
    return textwrap.wrap(
        line,
        80,
        subsequent_indent="    ",
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]


def rewrite() -> None:
    """Write into the guide what its commands print now."""
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        running_server(Path(directory)) as server,
    ):
        create_owner(server)
        with fresh_database(server) as database, TemporaryDirectory() as home:
            reader = Reader(Path(home), database)
            reader.prepare()
            for page in PAGES:
                path = ROOT / "docs" / page
                for shown, printed in reader.follow(page):
                    path.write_text(
                        path.read_text().replace(f"```console\n{shown}```", f"```console\n{printed}```", 1)
                    )


if __name__ == "__main__":
    rewrite()

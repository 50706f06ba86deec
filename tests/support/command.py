"""Run alembic as its command line does."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from alembic.config import CommandLine, Config

from devtools.config_file import ROOT


@dataclass(frozen=True)
class Result:
    """What a command came to: its exit status, and all that it wrote."""

    status: int
    output: str

    @property
    def succeeded(self) -> bool:
        """Whether the exit status is 0."""
        return self.status == 0


@dataclass(frozen=True)
class Alembic:
    """Alembic with a configuration file, and an ``alembic.ini`` that is ours or another's."""

    config: Path
    ini: Path = ROOT / "alembic.ini"

    def __call__(self, *arguments: str) -> Result:
        """Run ``alembic -x config=… ARGUMENTS``."""
        written = io.StringIO()
        status = 0
        with redirect_stdout(written), redirect_stderr(written):
            try:
                line = CommandLine("alembic")
                options = line.parser.parse_args(["-x", f"config={self.config}", *arguments])
                line.run_cmd(Config(self.ini, stdout=written, cmd_opts=options), options)
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 1
        return Result(status, written.getvalue())

    def must(self, *arguments: str) -> str:
        """Run a command that has to succeed, and return what it wrote."""
        result = self(*arguments)
        assert result.succeeded, result.output
        return result.output

    def script(self, *arguments: str) -> str:
        """Return the SQL script that the command prints with ``--sql``, without what goes to the log."""
        written = io.StringIO()
        with redirect_stderr(io.StringIO()):
            line = CommandLine("alembic")
            options = line.parser.parse_args(["-x", f"config={self.config}", *arguments, "--sql"])
            config = Config(self.ini, stdout=written, output_buffer=written, cmd_opts=options)
            line.run_cmd(config, options)
        return written.getvalue()

    def current(self) -> str:
        """Return what ``alembic current`` prints."""
        return self.must("current").splitlines()[-1]

    def must_fail(self, *arguments: str) -> str:
        """Run a command that has to be refused, without a traceback, and return what it wrote."""
        result = self(*arguments)
        assert not result.succeeded, result.output
        assert "FAILED" in result.output
        return result.output


def remedy(said: str, beginning: str) -> str:
    """Return the statement with this `beginning` that a message tells one to run."""
    found = re.search(f"{beginning} .*;$", said, re.MULTILINE)
    assert found, said
    return found.group()

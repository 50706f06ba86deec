"""Run alembic as its command line does, and write the configuration files it reads."""

from __future__ import annotations

import io
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import yaml
from alembic.config import CommandLine, Config
from sqlalchemy import URL

ROOT = Path(__file__).parent.parent


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


Sources = Mapping[str, Mapping[str, str]]
"""The schema mappings of each new source."""


def write_config(path: Path, url: URL, sources: Sources) -> Path:
    """Write a pg_chameleon 2 configuration for the database at `url` to `path`, and return that."""
    mysql = {
        "host": "127.0.0.1",
        "port": "1",
        "user": "usr_replica",
        "password": "mysql-s3cret",
        "charset": "utf8",
        "connect_timeout": 1,
    }
    content = {
        "pg_conn": {
            "host": url.host,
            "port": url.port or 5432,
            "user": url.username,
            "password": url.password or "none",
            "database": url.database,
            "charset": "utf8",
        },
        "sources": {
            name: {"db_conn": mysql, "schema_mappings": dict(mappings), "type": "mysql"}
            for name, mappings in sources.items()
        },
    }
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    path.chmod(0o600)
    return path

"""pg_chameleon 2.0.21, as its users run it: one configuration file; a source maps many MySQL schemas."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import URL

from devtools.clients.command import KILLED, Environment, Running
from devtools.clients.installed import NEW, installed
from devtools.clients.mariadb import MySQL

_READ_ONLY = Path(__file__).parent / "inside" / "read_only_2_0.py"


@dataclass(frozen=True)
class NewSource:
    """A source of 2.0: its key in the configuration file, and MySQL schema → destination schema."""

    name: str
    mappings: Mapping[str, str]
    server_id: int = 100


@dataclass(frozen=True)
class NewClient:
    """2.0.21 with a home directory of its own."""

    environment: Environment

    @staticmethod
    def at(home: Path) -> NewClient:
        """Return the client, installed where it is missing, with its home in `home`."""
        home.mkdir()
        return NewClient(Environment(installed(NEW), home))

    @property
    def configuration_file(self) -> Path:
        """The file that the bare name ``default`` means to pg_chameleon."""
        return self.environment.home / ".pg_chameleon" / "configuration" / "default.yml"

    def configure(self, sources: list[NewSource], mysql: MySQL, postgres: URL) -> None:
        """Write the configuration file, and make the directories that pg_chameleon expects."""
        for name in ("configuration", "pid", "logs"):
            (self.environment.home / ".pg_chameleon" / name).mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(_configuration(self.environment.home, sources, mysql, postgres))
        self.configuration_file.write_text(text)
        self.configuration_file.chmod(0o600)

    def create_replica_schema(self) -> None:
        """Install the catalogue of 2.0.10."""
        self._run("create_replica_schema")

    def add_source(self, source: NewSource) -> None:
        """Register `source` in the catalogue."""
        self._run("add_source", "--source", source.name)

    def init_replica(self, source: NewSource) -> None:
        """Copy all tables of `source`."""
        self._run("init_replica", "--source", source.name, "--debug")

    def refresh_schema(self, source: NewSource, mysql_schema: str) -> None:
        """Copy all tables of one MySQL schema of `source` anew."""
        self._run("refresh_schema", "--source", source.name, "--schema", mysql_schema, "--debug")

    def show_status(self, source: NewSource | None = None) -> str:
        """Return the status of all sources, or of one with its mappings and counters."""
        return self._run("show_status", *(["--source", source.name] if source else []))

    def upgrade_replica_schema(self) -> str:
        """Let pg_chameleon upgrade the catalogue by itself."""
        return self._run("upgrade_replica_schema", answer="YES\n")

    def started(self, source: NewSource) -> AbstractContextManager[Running]:
        """Return what runs ``start_replica`` meanwhile; to be interrupted, which is what ``stop_replica`` does."""
        return self.environment.running("chameleon.py", "start_replica", "--source", source.name, "--debug")

    def read(self, source: NewSource, *, batches: int) -> None:
        """Read `batches` times and replay nothing."""
        self.environment.run(_READ_ONLY, source.name, str(batches))

    def read_and_die(self, source: NewSource, moment: str) -> None:
        """Read a batch, and be killed at the moment of its end that ``inside/death.py`` calls `moment`."""
        self.environment.run(_READ_ONLY, source.name, "1", moment, status=KILLED)

    def _run(self, command: str, *arguments: str, answer: str = "") -> str:
        return self.environment.run("chameleon.py", command, *arguments, answer=answer)


def _configuration(home: Path, sources: list[NewSource], mysql: MySQL, postgres: URL) -> dict[str, Any]:
    return {
        "pid_dir": str(home / ".pg_chameleon" / "pid"),
        "log_dir": str(home / ".pg_chameleon" / "logs"),
        "log_dest": "stdout",
        "log_level": "info",
        "log_days_keep": 10,
        "rollbar_key": "",
        "rollbar_env": "",
        "type_override": {"tinyint(1)": {"override_to": "boolean", "override_tables": ["*"]}},
        "pg_conn": {
            "host": postgres.host,
            "port": postgres.port or 5432,
            "user": postgres.username,
            "password": postgres.password,
            "database": postgres.database,
            "charset": "utf8",
        },
        "sources": {source.name: _source(home, source, mysql) for source in sources},
    }


def _source(home: Path, source: NewSource, mysql: MySQL) -> dict[str, Any]:
    return {
        "type": "mysql",
        "db_conn": {
            "host": mysql.host,
            "port": mysql.port,
            "user": mysql.user,
            "password": mysql.password,
            "charset": "utf8",
            "connect_timeout": 10,
        },
        "schema_mappings": dict(source.mappings),
        "limit_tables": None,
        "skip_tables": None,
        "grant_select_to": [],
        "lock_timeout": "120s",
        "my_server_id": source.server_id,
        "replica_batch_size": 1000,
        "replay_max_rows": 1000,
        "batch_retention": "1 day",
        "copy_max_memory": "300M",
        "copy_mode": "file",
        "out_dir": str(home),
        "sleep_loop": 0.2,
        "on_error_replay": "continue",
        "on_error_read": "exit",
        "auto_maintenance": "disabled",
        "gtid_enable": False,
        "keep_existing_schema": False,
    }

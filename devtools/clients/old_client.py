"""pg_chameleon 1.8.2, as its users run it: one configuration file and one source per MySQL schema."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import URL

from devtools.clients.command import KILLED, Environment, Running
from devtools.clients.installed import OLD, installed
from devtools.clients.mariadb import MySQL

_READ_ONLY = Path(__file__).parent / "inside" / "read_only.py"

HEXIFIED = ["blob", "tinyblob", "mediumblob", "longblob", "binary", "varbinary", "geometry"]


@dataclass(frozen=True)
class OldSource:
    """A source of 1.8.2: the name of its configuration file and of itself, and the two schemas."""

    name: str
    mysql_schema: str
    destination: str
    server_id: int

    @property
    def mappings(self) -> dict[str, str]:
        """The source's one pair, as 2.0 writes it."""
        return {self.mysql_schema: self.destination}


@dataclass(frozen=True)
class OldClient:
    """1.8.2 with a home directory of its own, between one MySQL server and one PostgreSQL database."""

    environment: Environment

    @staticmethod
    def at(home: Path, mysql: MySQL) -> OldClient:
        """Return the client, installed where it is missing, with its home in `home`."""
        home.mkdir()
        return OldClient(Environment(installed(OLD), home, {"TEST_MYSQL_PORT": str(mysql.port)}))

    def configure(self, source: OldSource, mysql: MySQL, postgres: URL) -> None:
        """Write the configuration file of `source`."""
        directory = self.environment.home / ".pg_chameleon" / "config"
        directory.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(_configuration(self.environment.home, source, mysql, postgres))
        (directory / f"{source.name}.yaml").write_text(text)

    def create_schema(self, source: OldSource) -> None:
        """Install the 1.7 catalogue; any source's configuration leads to it."""
        self._run("create_schema", source)

    def add_source(self, source: OldSource) -> None:
        """Register `source` in the catalogue."""
        self._run("add_source", source)

    def init_replica(self, source: OldSource) -> None:
        """Copy the source's tables and remember where in the binlog that was."""
        self._run("init_replica", source)

    def sync_table(self, source: OldSource, table: str) -> None:
        """Copy one table anew, which leaves it with a position of its own."""
        self._run("sync_tables", source, "--table", table)

    def show_status(self, source: OldSource) -> str:
        """Return the table of all sources."""
        return self._run("show_status", source)

    def read(self, source: OldSource, *, at_most: int) -> None:
        """Read up to `at_most` batches and replay none; fewer where a read finds nothing new.

        Where `at_most` stops it, the batch to go on from is not marked started.
        """
        self.environment.run(_READ_ONLY, source.name, str(at_most))

    def read_and_die(self, source: OldSource, moment: str) -> None:
        """Read a batch, and be killed at the moment of its end that ``inside/death.py`` calls `moment`."""
        self.environment.run(_READ_ONLY, source.name, "1", moment, status=KILLED)

    @contextmanager
    def replicating(self, source: OldSource) -> Iterator[Running]:
        """Run ``start_replica`` meanwhile, and at the end ``stop_replica``."""
        with self.environment.running("chameleon.py", "start_replica", "--config", source.name) as running:
            yield running
            running.check()
            self._run("stop_replica", source)

    def _run(self, command: str, source: OldSource, *arguments: str) -> str:
        return self.environment.run("chameleon.py", command, "--config", source.name, *arguments)


def _configuration(home: Path, source: OldSource, mysql: MySQL, postgres: URL) -> dict[str, Any]:
    chameleon = f"{home}/.pg_chameleon"
    return {
        "my_server_id": source.server_id,
        "replica_batch_size": 1000,
        "batch_retention": "1 day",
        "copy_max_memory": "300M",
        "my_database": source.mysql_schema,
        "pg_database": postgres.database,
        "copy_mode": "file",
        "out_dir": str(home),
        "source_name": source.name,
        "dest_schema": source.destination,
        "sleep_loop": 0.2,
        "pause_on_reindex": True,
        "sleep_on_reindex": 1,
        "reindex_app_names": ["reindexdb"],
        "hexify": HEXIFIED,
        "pid_dir": f"{chameleon}/pid/",
        "log_dir": f"{chameleon}/logs/",
        "log_level": "info",
        "log_dest": "stdout",
        "log_days_keep": 10,
        "my_charset": "utf8",
        "pg_charset": "utf8",
        "tables_limit": None,
        "mysql_conn": {"host": mysql.host, "port": mysql.port, "user": mysql.user, "passwd": mysql.password},
        "pg_conn": _postgres(postgres),
        "type_override": {"tinyint(1)": {"override_to": "boolean", "override_tables": ["*"]}},
    }


def _postgres(url: URL) -> dict[str, Any]:
    return {"host": url.host, "port": url.port or 5432, "user": url.username, "password": url.password}

"""The test bed: one MySQL, one PostgreSQL database, both pg_chameleon releases between them, and work."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg2 import sql
from sqlalchemy import URL

from devtools.clients.command import ClientError, Running
from devtools.clients.mariadb import MySQL, replica_login
from devtools.clients.new_client import NewClient, NewSource
from devtools.clients.old_client import OldClient, OldSource
from devtools.registered import connect
from tests.support.clients.compare import differences
from tests.support.clients.tables import BEAT
from tests.support.clients.workload import Workload
from tests.support.command import Alembic
from tests.support.schemas import parse

CATCH_UP_SECONDS = 120

FIRST = OldSource("source_01", "my_schema_01", "db_schema_01", 101)
SECOND = OldSource("source_02", "my schema, 02", "db-Schema 02", 102)
MERGED = NewSource("mysql", {source.mysql_schema: source.destination for source in (FIRST, SECOND)})


@dataclass(frozen=True)
class Bed:
    """Everything that stands between a row in MySQL and the same row in PostgreSQL."""

    mysql: MySQL
    """As its administrator."""
    postgres: URL
    """As the owner of the database, who is no superuser."""
    old: OldClient
    new: NewClient
    workload: Workload

    @property
    def alembic(self) -> Alembic:
        """The command line of alembic, with 2.0.21's own configuration file."""
        return Alembic(self.new.configuration_file)

    @staticmethod
    def at(directory: Path, mysql: MySQL, postgres: URL, seed: int) -> Bed:
        """Return a bed with `FIRST`, `SECOND` and `MERGED` configured, and the workload's tables in MySQL."""
        old, new = OldClient.at(directory / "old", mysql), NewClient.at(directory / "new")
        replica = replica_login(mysql)
        for source in (FIRST, SECOND):
            old.configure(source, replica, postgres)
        new.configure([MERGED], replica, postgres)
        workload = Workload(mysql, list(MERGED.mappings), seed)
        workload.create()
        return Bed(mysql, postgres, old, new, workload)

    def query(self, query: str | sql.Composable, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of `query` on PostgreSQL."""
        with closing(connect(self.postgres)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(query, arguments)
            return list(cursor.fetchall())

    def execute(self, statement: str, arguments: Sequence[object] | Mapping[str, object] = ()) -> None:
        """Run `statement` on PostgreSQL."""
        with closing(connect(self.postgres)) as connection, connection, connection.cursor() as cursor:
            cursor.execute(statement, arguments)

    def differences(self, mappings: Mapping[str, str] = MERGED.mappings) -> list[str]:
        """Return what differs between MySQL and PostgreSQL, a line each."""
        return differences(self.mysql, self.postgres, mappings)

    def assert_equal(self) -> None:
        """Fail where `differences`, or ``verify``, finds one."""
        command = [
            sys.executable,
            "-m",
            "chameleon_migrations.cli",
            "--config",
            str(self.new.configuration_file),
        ]
        done = subprocess.run([*command, "verify", "--json"], capture_output=True, text=True, check=False)
        found = [table for table in parse("verify", done.stdout)["tables"] if table["differences"]]
        assert self.differences() == []
        assert found == []

    @contextmanager
    def replicating(self, mappings: Mapping[str, str] = MERGED.mappings) -> Iterator[Running]:
        """Run 2.0.21 meanwhile, and stop it when it has caught up in `mappings`.

        The work stands still for that moment: stopped while it closes a batch, 2.0.21 loses it by itself.
        """
        with self.new.started(MERGED) as running:
            yield running
            with self.workload.paused():
                self.catch_up(running, mappings)
                running.interrupt()

    def go_on_with_2_0(self) -> None:
        """Let 2.0.21 replicate until it calls its source consistent and has caught up."""
        with self.replicating() as running:
            self.become_consistent(running)

    def go_on_with_1_8(self) -> None:
        """Let 1.8.2 replicate each of its sources, one after the other, until it has caught up."""
        for source in (FIRST, SECOND):
            with self.old.replicating(source) as running:
                self.catch_up(running, source.mappings)

    def catch_up(self, running: Running, mappings: Mapping[str, str] = MERGED.mappings) -> None:
        """Wait until the replica `running` has applied all that MySQL has written of `mappings` by now."""
        beats = {destination: self._beat(schema) for schema, destination in mappings.items()}
        _wait(running, lambda: all(self._seen(destination) >= beat for destination, beat in beats.items()))

    def become_consistent(self, running: Running, source: NewSource = MERGED) -> None:
        """Wait until 2.0 calls `source` consistent, which takes new events in MySQL: a beat now and then."""

        def consistent() -> bool:
            for schema in source.mappings:
                self._beat(schema)
            query = "SELECT b_consistent FROM sch_chameleon.t_sources WHERE t_source = %s"
            return bool(self.query(query, (source.name,))[0][0])

        _wait(running, consistent)

    def complaints(self) -> list[tuple[Any, ...]]:
        """Return the tables that 2.0 has taken out of the replica, and the errors that it has logged."""
        disabled = "SELECT v_schema_name, v_table_name, 'disabled' FROM sch_chameleon.t_replica_tables"
        errors = "SELECT v_schema_name, v_table_name, t_error_message FROM sch_chameleon.t_error_log"
        return self.query(f"{disabled} WHERE NOT b_replica_enabled UNION ALL {errors}")

    def _beat(self, schema: str) -> int:
        self.mysql.execute(f"UPDATE `{schema}`.{BEAT.name} SET n = n + 1")
        beat: int = self.mysql.rows(f"SELECT n FROM `{schema}`.{BEAT.name}")[0][0]
        return beat

    def _seen(self, destination: str) -> int:
        beat: int = self.query(sql.SQL("SELECT n FROM {}").format(sql.Identifier(destination, BEAT.name)))[0][
            0
        ]
        return beat


def _wait(running: Running, until: Callable[[], bool]) -> None:
    deadline = time.monotonic() + CATCH_UP_SECONDS
    while not until():
        running.check()
        if time.monotonic() > deadline:
            raise ClientError(f"not caught up in {CATCH_UP_SECONDS} s:\n{running.log.read_text()[-4000:]}")
        time.sleep(0.2)

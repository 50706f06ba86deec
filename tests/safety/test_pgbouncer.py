"""Through PgBouncer: in session mode as without it, in transaction mode refused before anything is changed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli
from devtools import recorded
from devtools.config_file import write_config
from devtools.server import OWNER
from tests.support.command import Alembic
from tests.support.psql import dump
from tests.support.safety.recorded_states import States
from tests.support.snapshot import snapshot

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH')}:/usr/sbin")
pytestmark = pytest.mark.skipif(
    PGBOUNCER is None and os.environ.get("REQUIRE_PGBOUNCER") != "1", reason="PgBouncer is not installed"
)


@contextmanager
def pooled(database: URL, directory: Path, mode: str) -> Iterator[URL]:
    """Yield the URL of `database` through a PgBouncer in the pool mode `mode`."""
    assert PGBOUNCER, "REQUIRE_PGBOUNCER=1, and it is not installed"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    directory.chmod(0o755)
    users = directory / "users.txt"
    users.write_text(f'"{OWNER}" "{database.password}"\n')
    ini = directory / "pgbouncer.ini"
    server = f"host={database.host} port={database.port or 5432} dbname='{database.database}'"
    ini.write_text(
        f"[databases]\npooled = {server}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n"
        f"unix_socket_dir =\nauth_type = plain\nauth_file = {users}\npool_mode = {mode}\nquery_wait_timeout = 10\n"
    )
    with subprocess.Popen(
        [PGBOUNCER, str(ini)], user=system_user(database), stderr=subprocess.DEVNULL
    ) as process:
        url = database.set(host="127.0.0.1", port=port, database="pooled")
        try:
            await_connection(url)
            yield url
        finally:
            process.terminate()


def system_user(database: URL) -> str | None:
    """Return whom to run PgBouncer as where we are root, which it refuses: who may enter the directory of the server's socket."""
    if os.geteuid() != 0:
        return None
    socket_directory = Path(str(database.host))
    return socket_directory.owner() if socket_directory.is_absolute() else "nobody"


def await_connection(url: URL) -> None:
    """Wait until a connection is accepted."""
    for _ in range(100):
        try:
            create_engine(url, poolclass=NullPool).connect().close()
        except OperationalError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("PgBouncer does not start")


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that another system user can read."""
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


def test_session_mode(states: States, tmp_path: Path, reachable: Path) -> None:
    """A rehearsal, up and down, and the run lock is let go at the end."""
    with states.copy("1.7", tmp_path) as (database, _), pooled(database, reachable, "session") as url:
        alembic = Alembic(write_config(tmp_path / "pooled.yml", url, recorded.SOURCES))
        dumped = dump(database)
        cli.main(["--config", str(alembic.config), "rehearse"])
        assert dump(database) == dumped
        alembic.must("-x", "wait=0", "upgrade", "2.0.0")
        assert states.version(database) == "2.0.0"
        alembic.must("-x", "wait=0", "downgrade", "1.7")
        assert states.version(database) == "1.7"


def test_transaction_mode(states: States, tmp_path: Path, reachable: Path) -> None:
    """The lock would stay with a session that serves another client next: it is refused, and no lock stays behind."""
    with (
        states.copy("1.7", tmp_path) as (database, direct),
        pooled(database, reachable, "transaction") as url,
    ):
        alembic = Alembic(write_config(tmp_path / "pooled.yml", url, recorded.SOURCES))
        before = snapshot(database)
        for _ in range(5):
            assert "PgBouncer in transaction mode; nothing was changed" in alembic.must_fail(
                "upgrade", "2.0.0"
            )
        assert snapshot(database) == before
        direct.must("-x", "wait=0", "upgrade", "2.0.0")

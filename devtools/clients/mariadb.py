"""A MariaDB server of the tests' own, on a free port: row-based binlog with full images."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pymysql
from pymysql.cursors import Cursor

REPLICA = "usr_replica"
"""The user that both pg_chameleon releases connect as."""

REPLICA_RIGHTS = "SELECT, RELOAD, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT"
"""What pg_chameleon's own documents ask for."""

HOW_TO_GET_IT = "these tests need MariaDB's server: apt-get install mariadb-server"

START_SECONDS = 60

BASEDIR = "MARIADB_BASEDIR"
"""The environment variable that names the installation of another MariaDB than this machine's."""

_PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/libexec", "/usr/local/sbin"])

ROW_BASED = (
    "--log-bin=mysql-bin",
    "--server-id=1",
    "--binlog-format=ROW",
    "--binlog-row-image=FULL",
)
"""The binlog that pg_chameleon needs."""


class MissingServerError(RuntimeError):
    """MariaDB's server binaries are not installed here, or do not start."""


@dataclass(frozen=True)
class MySQL:
    """Where a MySQL server answers, and as whom to log in."""

    host: str
    port: int
    user: str
    password: str

    def connect(self, database: str | None = None) -> pymysql.Connection[Cursor]:
        """Open a connection in autocommit, in UTC, with `database` as the default one."""
        return pymysql.connect(
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password,
            database=database,
            charset="utf8mb4",
            autocommit=True,
        )

    def execute(self, *statements: str) -> None:
        """Run each of `statements` on a connection of its own."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of `query`."""
        with closing(self.connect()) as connection, connection.cursor() as cursor:
            cursor.execute(query, arguments)
            return list(cursor.fetchall())

    def position(self) -> tuple[str, int]:
        """Return the binlog file and offset that the next event will be written at."""
        ((release,),) = self.rows("SELECT version()")
        file, offset, *_ = self.rows(f"SHOW {'MASTER' if 'MariaDB' in release else 'BINARY LOG'} STATUS")[0]
        return file, offset

    def as_user(self, user: str, password: str) -> MySQL:
        """Return the same server, to be logged in to as `user`."""
        return replace(self, user=user, password=password)


@contextmanager
def running_mariadb(directory: Path, binlog: Sequence[str] = ROW_BASED) -> Iterator[MySQL]:
    """Yield the administrator's login of a new server whose data lives in `directory`.

    Raises:
        MissingServerError: where there is no such server to start, or it does not answer in time.
    """
    data = directory / "data"
    (directory / "tmp").mkdir(parents=True)
    _install(data)
    root = MySQL("127.0.0.1", _free_port(), "root", "")
    process = _start(data, root.port, binlog)
    try:
        _wait_until_it_answers(root, process, data / "error.log")
        create_replica_user(root)
        yield root
    finally:
        process.terminate()
        process.wait(START_SECONDS)
        shutil.rmtree(data)


def replica_login(root: MySQL) -> MySQL:
    """Return the login of the user `REPLICA`."""
    return root.as_user(REPLICA, "mysql-s3cret")


def _install(data: Path) -> None:
    if _is_mysql():
        program, options = _program("mysqld"), ["--initialize-insecure"]
    else:
        program = _program("mariadb-install-db", "mysql_install_db")
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve"]
    command = [program, "--no-defaults", *_places(data), *_run_as_root()]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if done.returncode:
        raise MissingServerError(f"{program} failed: {(done.stderr or done.stdout)[-500:]}")


def _start(data: Path, port: int, binlog: Sequence[str]) -> subprocess.Popen[bytes]:
    options = [
        *_places(data),
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--socket=server.sock",
        f"--pid-file={data / 'server.pid'}",
        f"--log-error={data / 'error.log'}",
        "--skip-name-resolve",
        "--default-time-zone=+00:00",
        "--character-set-server=utf8mb4",
        "--collation-server=utf8mb4_general_ci",
        *_only_in_mysql(data.parent),
    ]
    throwaway = ["--innodb-flush-log-at-trx-commit=0", "--sync-binlog=0", "--innodb-buffer-pool-size=64M"]
    return subprocess.Popen(
        [_program("mariadbd", "mysqld"), "--no-defaults", *options, *throwaway, *binlog, *_run_as_root()],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _is_mysql() -> bool:
    """Tell whether the installation that `BASEDIR` names is MySQL's own, which initializes itself."""
    basedir = os.environ.get(BASEDIR)
    return basedir is not None and not Path(basedir, "bin", "mariadb-install-db").exists()


def _only_in_mysql(directory: Path) -> list[str]:
    """Return what MySQL needs to let root in by address, as MariaDB does, and to listen on one port only."""
    if not _is_mysql():
        return []
    root = directory / "root.sql"
    root.write_text("CREATE USER root@'127.0.0.1'; GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;\n")
    return [f"--init-file={root}", "--mysqlx=OFF", "--secure-file-priv="]


def _program(*names: str) -> str:
    basedir = os.environ.get(BASEDIR)
    places = f"{basedir}/bin{os.pathsep}{basedir}/sbin" if basedir else _PLACES
    for name in names:
        found = shutil.which(name, path=places)
        if found:
            return found
    raise MissingServerError(HOW_TO_GET_IT)


def _places(data: Path) -> list[str]:
    # Two servers that share a directory for temporary files delete each other's.
    places = [f"--datadir={data}", f"--tmpdir={data.parent / 'tmp'}"]
    basedir = os.environ.get(BASEDIR)
    if basedir:
        places.append(f"--basedir={basedir}")
    if _is_mysql():
        places.append(f"--lc-messages-dir={basedir}/share/mysql")
    return places


def _run_as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _wait_until_it_answers(root: MySQL, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(pymysql.Error):
            root.connect().close()
            return
        time.sleep(0.1)
    reason = log.read_text()[-1000:] if log.exists() else "no error log"
    raise MissingServerError(f"mariadbd did not start: {reason}")


def create_replica_user(root: MySQL) -> None:
    """Create the user `REPLICA` with all it needs, whatever it was before."""
    replica = replica_login(root)
    root.execute(
        f"DROP USER IF EXISTS {REPLICA}@'%'",
        f"CREATE USER {REPLICA}@'%' IDENTIFIED BY '{replica.password}'",
        f"GRANT {REPLICA_RIGHTS} ON *.* TO {REPLICA}@'%'",
    )

"""``verify`` beside the least that any comparison does: a plain SELECT of the same rows from both sides."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pymysql.cursors import SSCursor
from sqlalchemy import URL

from benchmarks.upgrade import measure_memory
from devtools.clients.mariadb import running_mariadb
from devtools.registered import HERE, Made, connect, registered, there_name
from devtools.server import fresh_database

ROWS = 2_000_000

_COLUMNS = ("a int", "b varchar(60)", "c {decimal}(12,2)", "d {moment}", "e varchar(30)")


@dataclass(frozen=True)
class Keyed:
    """A table: what its key is called, its type on both sides, and its value for a number on either side."""

    name: str
    kind: str
    mysql: str
    postgres: str


TABLES = (Keyed("integer", "int", "seq", "n"), Keyed("text", "varchar(40)", "md5(seq)", "md5(n::text)"))


@dataclass(frozen=True)
class Measured:
    """What a run took: ``verify`` in seconds and MiB, and the plain SELECT of both sides in seconds."""

    seconds: float
    megabytes: float
    plain: float


@contextmanager
def replica(server: URL) -> Iterator[Made]:
    """Yield a catalogue whose tables, of `ROWS` rows each, are the same in a MariaDB of its own and in PostgreSQL."""
    with (
        tempfile.TemporaryDirectory() as directory,
        running_mariadb(Path(directory) / "mysql") as mysql,
        fresh_database(server) as postgres,
    ):
        made = registered("2.0.0", postgres, mysql, Path(directory))
        for table in TABLES:
            _fill(made, table)
        made.reach()
        yield made


def _fill(made: Made, table: Keyed) -> None:
    there = ", ".join(_COLUMNS).format(decimal="decimal", moment="datetime")
    here = ", ".join(_COLUMNS).format(decimal="numeric", moment="timestamp")
    made.table(table.name, f"id {table.kind}, {there}", f"id {table.kind}, {here}", ["id"], [])
    made.mysql.execute(
        "CREATE DATABASE IF NOT EXISTS numbers",  # where MariaDB's tables of numbers are
        f"INSERT INTO {there_name()}.{table.name}"
        f" SELECT {table.mysql}, seq % 1000, md5(seq + 1), seq / 100, '2020-01-01' + INTERVAL seq SECOND,"
        f" if(seq % 3 = 0, NULL, concat('note ', seq)) FROM numbers.seq_1_to_{ROWS}",
    )
    made.run(
        f"INSERT INTO {table.name} SELECT {table.postgres}, n % 1000, md5((n + 1)::text), n / 100.0,"
        " '2020-01-01'::timestamp + n * interval '1 s', CASE WHEN n % 3 = 0 THEN NULL ELSE 'note ' || n END"
        f" FROM generate_series(1, {ROWS}) AS n"
    )
    made.run(f"ANALYZE {table.name}")


def measure(made: Made, table: Keyed) -> Measured:
    """Compare `table` once, and read it once from both sides."""
    arguments = ["--config", str(made.config), "-q", "verify", f"{HERE}.{table.name}"]
    sizes: list[int] = []
    done = threading.Event()
    begun = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "chameleon_migrations.cli", *arguments], stdout=subprocess.PIPE, text=True
    ) as process:
        watch = threading.Thread(target=measure_memory, args=(process.pid, done, sizes))
        watch.start()
        said, _ = process.communicate()
        seconds = time.perf_counter() - begun
        done.set()
        watch.join()
    assert process.returncode == 0, said
    return Measured(seconds, max(sizes) / 1024, _plain(made, table))


def _plain(made: Made, table: Keyed) -> float:
    """Return how long it takes to fetch all rows of both sides, one side after the other, and to do nothing with them."""
    begun = time.perf_counter()
    with closing(made.mysql.connect()) as connection, connection.cursor(SSCursor) as cursor:
        cursor.execute(f"SELECT * FROM {there_name()}.{table.name}")
        assert sum(1 for _ in cursor) == ROWS
    with closing(connect(made.postgres)) as connection_here, connection_here.cursor("plain") as rows:
        rows.itersize = 2_000
        rows.execute(f"""SELECT * FROM "{HERE.replace('"', '""')}".{table.name}""")
        assert sum(1 for _ in rows) == ROWS
    return time.perf_counter() - begun

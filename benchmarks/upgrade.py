"""How long the catalogue cannot be used while it is upgraded, and what memory the upgrading process takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from benchmarks.loads import Load
from devtools.batches import SCHEMA
from devtools.clients.mariadb import MySQL
from devtools.clients.new_client import NewClient, NewSource
from devtools.config_file import ROOT, write_config
from devtools.replay_sides import OldSide, side
from devtools.server import fresh_database

MAPPINGS = {"my": SCHEMA}

UPGRADES = (
    Load("nothing pending", 0, tables=10),
    Load("1,000,000 events pending", 1_000_000, tables=10),
    Load("10,000 tables", 0, tables=10_000),
)
"""The catalogues to be upgraded."""


@dataclass(frozen=True)
class Upgrade:
    """What an upgrade took.

    Attributes:
        unusable: The longest time between two looks at the catalogue that found its source, in seconds.
        seconds: The whole time.
        megabytes: The greatest memory of the process, in MiB.
        state: The catalogue's version, its sources and the number of their tables at the end.
        said: What the command wrote.
    """

    unusable: float
    seconds: float
    megabytes: float
    state: list[Any]
    said: str


@contextmanager
def catalogue(server: URL, load: Load) -> Iterator[str]:
    """Yield the name of a database with a 1.7 catalogue, one source of it, and `load` pending."""
    with fresh_database(server) as url:
        with side(url, OldSide) as made:
            load.fill(made)
            made.run("DELETE FROM sch_chameleon.t_sources WHERE i_id_source <> 1")
            made.query(
                "UPDATE sch_chameleon.t_sources SET t_source_schema = 'my', t_dest_schema = :schema",
                schema=SCHEMA,
            )
            made.run(
                "INSERT INTO sch_chameleon.t_replica_batch (i_id_source, b_started, t_binlog_name, i_binlog_position)"
                " VALUES (1, true, 'mysql-bin.000001', 999999999)"
            )
            made.connection.commit()
        yield str(url.database)


def ours(server: URL, template: str, directory: Path) -> Upgrade:
    """Upgrade a copy of `template` with alembic."""
    with fresh_database(server, template) as url:
        config = write_config(directory / "ours.yml", url, {"s": MAPPINGS})
        alembic = [Path(sys.executable).with_name("alembic"), "-x", f"config={config}", "-x", "mysql=skip"]
        return _watched(url, [*map(str, alembic), "upgrade", "head"], dict(os.environ))


def theirs(server: URL, template: str, directory: Path) -> Upgrade:
    """Upgrade a copy of `template` with 2.0.21's own command, which gets the home `directory`."""
    client = NewClient.at(directory)
    # It cannot connect to a database whose name holds a space.
    with fresh_database(server, template, "chameleon_") as url:
        client.configure([NewSource("s", MAPPINGS)], MySQL("127.0.0.1", 1, "none", "none"), url)
        command = client.environment.command("chameleon.py", ["upgrade_replica_schema"])
        return _watched(url, command, client.environment.environ())


def _watched(url: URL, command: Sequence[str], environ: Mapping[str, str]) -> Upgrade:
    done = threading.Event()
    gaps: list[float] = []
    sizes: list[int] = []
    watchers = [threading.Thread(target=_look, args=(url, done, gaps))]
    watchers[0].start()
    start = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT
        )
        watchers.append(threading.Thread(target=measure_memory, args=(process.pid, done, sizes)))
        watchers[1].start()
        process.communicate(b"YES\n")
        seconds = time.perf_counter() - start
        done.set()
        for watcher in watchers:
            watcher.join()
        output.seek(0)
        said = output.read().decode()
    return Upgrade(max(gaps), seconds, max(sizes) / 1024, _state(url), said)


def measure_memory(pid: int, done: threading.Event, sizes: list[int]) -> None:
    """Add the greatest memory that the process `pid` has had by then to `sizes`, in KiB, until `done`.

    The rusage of a child counts the memory of the process that it was forked from, too.
    """
    status = Path(f"/proc/{pid}/status")
    while not done.wait(0.005):
        with suppress(OSError):
            sizes += map(int, re.findall(r"VmHWM:\s+(\d+)", status.read_text()))


def _look(url: URL, done: threading.Event, gaps: list[float]) -> None:
    """Look at the catalogue until `done`, and add to `gaps` the time between each two looks that found its source."""
    query = text("SELECT count(*) FROM sch_chameleon.t_sources")
    found = time.perf_counter()
    with create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect() as connection:
        while not done.is_set():
            with suppress(DBAPIError):
                if connection.scalar(query):
                    now = time.perf_counter()
                    gaps.append(now - found)
                    found = now
            time.sleep(0.001)


def _state(url: URL) -> list[Any]:
    """Return the catalogue's version, its sources, and how many tables it has of each."""
    query = """
        SELECT t_version, t_source, (SELECT count(*) FROM sch_chameleon.t_replica_tables tab
            WHERE tab.i_id_source = source.i_id_source)
        FROM sch_chameleon.t_sources source, sch_chameleon.v_version"""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]

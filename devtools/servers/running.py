"""A PostgreSQL of a given version that runs for a while."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy import URL

from devtools.servers.packages import Programs, unpacked

_SECONDS = 60
"""How long a server may take to start, and to stop."""


@contextmanager
def server(version: str) -> Iterator[URL]:
    """Yield the superuser's URL of a new server, which listens on a socket in a private directory.

    Raises:
        Unavailable: `version` cannot be had on this machine.
        RuntimeError: The server does not start.
    """
    with tempfile.TemporaryDirectory(prefix="chameleon-", ignore_cleanup_errors=True) as name:
        directory = Path(name)
        programs = unpacked(version, directory)
        ordinary = _ordinary_user(directory)
        _initialize(programs, directory, ordinary)
        with (directory / "log").open("wb") as log:
            process = _start(programs, directory, log, ordinary)
        try:
            _await(process, directory)
            yield _url(directory)
        finally:
            _stop(process)


def _ordinary_user(directory: Path) -> dict[str, Any]:
    """Return how a program is run as somebody who owns `directory` and is not root: PostgreSQL refuses root."""
    if os.geteuid():
        return {"cwd": directory}
    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    return {"cwd": directory, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _initialize(programs: Programs, directory: Path, ordinary: dict[str, Any]) -> None:
    options = ("-D", directory / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    command = (programs.bin / "initdb", "-L", programs.share, *options)
    done = subprocess.run(command, capture_output=True, text=True, check=False, **ordinary)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr.strip()}")


def _start(
    programs: Programs, directory: Path, log: Any, ordinary: dict[str, Any]
) -> subprocess.Popen[bytes]:
    settings = ("--listen_addresses=", f"--unix_socket_directories={directory}", "--fsync=off")
    return subprocess.Popen(
        [programs.bin / "postgres", "-D", directory / "data", *settings],
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for the tests: they still have to drop their databases
        **ordinary,
    )


def _url(directory: Path) -> URL:
    query = {"host": str(directory)}
    return URL.create("postgresql", username="postgres", database="postgres", query=query)


def _await(process: subprocess.Popen[bytes], directory: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg2.connect(host=str(directory), user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not start: {(directory / 'log').read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, whoever is still connected."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

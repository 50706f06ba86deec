"""Servers from suites of Debian that are not this machine's: downloaded and unpacked, never installed."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devtools.servers.programs import CACHE, Unavailable, run

_KEY = "/usr/share/keyrings/debian-archive-keyring.gpg"


@dataclass(frozen=True)
class Source:
    """Where a server comes from: suites, its packages, and which of their programs are run."""

    suites: tuple[str, ...]
    packages: tuple[str, ...]
    programs: tuple[str, ...]


POSTGRES_19 = Source(
    ("experimental", "sid"),
    ("postgresql-19/experimental", "postgresql-client-19/experimental", "libpq5/experimental"),
    tuple(f"usr/lib/postgresql/19/bin/{name}" for name in ("initdb", "postgres", "pg_dump")),
)
_MARIADB_PROGRAMS = ("usr/sbin/mariadbd", "usr/bin/my_print_defaults", "usr/bin/resolveip")
MYSQL = {
    "mariadb-10.5": Source(("bullseye",), ("mariadb-server-core-10.5",), _MARIADB_PROGRAMS),
    "mariadb-10.11": Source(("bookworm",), ("mariadb-server-core", "mariadb-client-core"), _MARIADB_PROGRAMS),
    "mariadb-11.8": Source(("trixie",), ("mariadb-server-core", "mariadb-client-core"), _MARIADB_PROGRAMS),
    "mysql-9.7": Source(("sid",), ("mysql-server-core",), ("usr/sbin/mysqld",)),
}
"""The versions of MariaDB and MySQL that our questions to MySQL are tried on."""


def unpacked(source: Source, root: Path) -> None:
    """Unpack `source` into `root`, with programs that run there; download it where it is not kept yet.

    Raises:
        Unavailable: It cannot be had on this machine.
    """
    kept = CACHE / "-".join((*source.suites, source.packages[0].split("/")[0]))
    if not kept.exists():
        _download(source, kept)
    for archive in sorted(kept.glob("*/*.deb")):
        run("dpkg", "-x", archive, root)
    for program in source.programs:
        _wrap(root / program, root)


def _wrap(program: Path, root: Path) -> None:
    """Make `program` run with the loader and the libraries below `root`, which may be newer or older than the machine's."""
    real = program.rename(program.with_name(f"{program.name}.real"))
    loader = next(path for path in sorted(root.glob("**/ld-linux-*.so.*")) if path.exists())
    libraries = ":".join(str(path) for path in root.glob("**/lib/*-linux-gnu*") if path.is_dir())
    program.write_text(f'#!/bin/sh\nexec {loader} --library-path {libraries} {real} "$@"\n')
    program.chmod(0o755)


def _download(source: Source, kept: Path) -> None:
    """Fetch the packages and the libraries that they depend on; the packages are unpacked last, and replace libraries."""
    if shutil.which("dpkg") is None:
        raise Unavailable("dpkg is not installed")
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        private = Path(directory)
        options = _private_apt(private, source.suites)
        run("apt-get", *options, "update", "--quiet")
        names = [package.split("/")[0] for package in source.packages]
        lines = run("apt-cache", *options, "depends", *names).splitlines()
        depends = [line.split()[1] for line in lines if line.startswith("  Depends: ")]
        libraries = [name for name in depends if name.startswith(("lib", "zlib"))]
        run("apt-get", *options, "install", "--download-only", "--yes", *libraries)
        (private / "found").mkdir()
        (private / "cache/archives").rename(private / "found/libraries")
        (private / "found/packages").mkdir()
        run("apt-get", *options, "download", *source.packages, cwd=private / "found/packages")
        (private / "found").rename(kept)


def _mirror() -> str:
    """Return the archive that the system's own apt uses."""
    known = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").split()
    found = sorted(site for site in known if site.rstrip("/").endswith("/debian"))
    if not found:
        raise Unavailable("apt knows no archive of Debian")
    return found[0]


def _private_apt(directory: Path, suites: tuple[str, ...]) -> list[str]:
    """Return the options with which apt knows `suites`, no installed package, and no folder but `directory`."""
    (directory / "lists/partial").mkdir(parents=True)
    (directory / "cache/archives/partial").mkdir(parents=True)
    (directory / "status").touch()
    lines = [f"deb [signed-by={_KEY}] {_mirror()} {suite} main\n" for suite in suites]
    (directory / "sources.list").write_text("".join(lines))
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

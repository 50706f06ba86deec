"""2.0 catalogues that pg_chameleon itself made: by the release that brought a version, or by 2.0.21's upgrade scripts."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import tarfile
from itertools import pairwise
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import URL

from devtools.clients.installed import NEW, installed
from devtools.server import execute

RELEASES = {
    "2.0.0": "2.0.0",
    "2.0.1": "2.0.3",
    "2.0.2": "2.0.5",
    "2.0.3": "2.0.6",
    "2.0.4": "2.0.8",
    "2.0.5": "2.0.9",
    "2.0.6": "2.0.10",
    "2.0.7": "2.0.14",
    "2.0.8": "2.0.17",
    "2.0.9": "2.0.18",
    "2.0.10": "2.0.21",
}
"""The catalogue's version to the first release that has it."""

_DOWNLOADS = Path(__file__).parents[2] / ".venv" / "oracle-releases"


def install(url: URL, version: str) -> None:
    """Install an empty catalogue of `version` as its release does."""
    execute(url, _file(RELEASES[version], "create_schema.sql"), _says(version))


def upgrade(url: URL, versions: list[str]) -> None:
    """Take the catalogue from version to version as 2.0.21's ``upgrade_replica_schema`` does."""
    for start, target in pairwise(versions):
        upgrade_by_half(url, start, target)
        execute(url, _says(target))


def upgrade_by_half(url: URL, start: str, target: str) -> None:
    """Do what ``upgrade_replica_schema`` does before it writes the version: there it can be cut off."""
    name = f"{start.replace('.', '')}_to_{target.replace('.', '')}.sql"
    (script,) = installed(NEW).glob(f"lib/python*/site-packages/pg_chameleon/sql/upgrade/{name}")
    execute(url, script.read_text())


def _says(version: str) -> str:
    return f"CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT '{version}'::text AS t_version"


def _file(release: str, name: str) -> str:
    """Return the text of a SQL file of `release`."""
    package = _package(release)
    if package.suffix == ".whl":
        with ZipFile(package) as content:
            return content.read(f"pg_chameleon/sql/{name}").decode()
    with tarfile.open(package) as content:
        file = content.extractfile(f"pg_chameleon-{release}/sql/{name}")
        assert file is not None
        return file.read().decode()


def _package(release: str) -> Path:
    """Return the file that PyPI has of `release`, downloaded where it is missing: a wheel, or sources if there is none."""
    _DOWNLOADS.mkdir(parents=True, exist_ok=True)
    with (_DOWNLOADS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not any(_DOWNLOADS.glob(f"pg_chameleon-{release}[-.][!0-9]*")):
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
            subprocess.run([*pip, "--dest", _DOWNLOADS, f"pg_chameleon=={release}"], check=True)
        return next(_DOWNLOADS.glob(f"pg_chameleon-{release}[-.][!0-9]*"))

"""The real pg_chameleon releases, each installed from PyPI into a virtual environment under the checkout."""

from __future__ import annotations

import fcntl
import subprocess
import sys
from pathlib import Path

OLD = "1.8.2"
NEW = "2.0.21"

_VENVS = Path(__file__).parents[2] / ".venv"

# What they import, and no more: 1.8.2 asks for a psycopg2 that has to be compiled where psycopg2-binary does
# the same, and 2.0.21 for Sphinx, which it never imports. mysql-replication 1.0 crashes on binary columns.
# 1.8.2 calls yaml.load without a loader, which PyYAML 6 refuses.
_SHARED = (
    "mysql-replication==0.45.1",
    "PyMySQL==1.1.1",
    "psycopg2-binary",
    "tabulate",
    "setuptools<70",
    "wheel",
)
_IMPORTED = {
    OLD: ("PyYAML==5.3.1", *_SHARED),
    NEW: ("PyYAML", "daemonize", "rollbar", "parsy", *_SHARED),
}


def installed(release: str) -> Path:
    """Return the directory of an environment that holds pg_chameleon `release`, made where it is missing.

    Raises:
        subprocess.CalledProcessError: pip failed; what it said stands in the test's output.
    """
    directory = _VENVS / f"oracle-{release}"
    _VENVS.mkdir(exist_ok=True)
    with (_VENVS / f"oracle-{release}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / "complete").exists():
            _install(directory, release)
            (directory / "complete").touch()
    return directory


def _install(directory: Path, release: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", directory], check=True)
    pip = [str(directory / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *_IMPORTED[release]], check=True)
    # 1.8.2's wheel holds the path of the environment that it was built in: never from pip's cache.
    subprocess.run([*pip, "--no-cache-dir", "--no-deps", f"pg_chameleon=={release}"], check=True)

"""Run the tests on one PostgreSQL version after the other, and print a table: ``make test-servers``."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from devtools.clients.mariadb import BASEDIR
from devtools.servers import debian, postgres
from devtools.servers.programs import CACHE, Unavailable

SUBSETS = {
    "all": (),
    "sql": (
        "tests/versions",
        "tests/replay",
        "tests/checks",
        "tests/database",
        "tests/autogenerate",
        "tests/operations",
        "tests/running/test_script.py",
    ),
    "core": (
        "tests/versions",
        "--ignore=tests/versions/test_chaining.py",
        "--ignore=tests/versions/test_chain_checks.py",
        "tests/replay",
        "--ignore=tests/replay/test_progress.py",
        "tests/running/test_script.py",
    ),
    "clients": ("tests/clients/test_mysql.py", "tests/clients/test_forward.py", "tests/clients/test_back.py"),
}
"""Name to the test folders and files.

`sql` is what installs or runs SQL on every path; `core` of that up, down, replay and script, without the checks, and without
what runs the same SQL in another project or in a terminal; `clients`, for MariaDB, is the real pg_chameleon before and after,
which is slow.
"""

_KNOWN = (*postgres.VERSIONS, *debian.MYSQL)


@dataclass(frozen=True)
class Result:
    """How the tests on one version ended; `missing` says why there were none."""

    version: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0
    missing: str = ""

    def __str__(self) -> str:
        if self.missing:
            return f"{self.version:>13}  not tested: {self.missing}"
        return f"{self.version:>13} {self.passed:>7} {self.failed:>7} {self.skipped:>8} {self.seconds:>8.0f}"


def main() -> int:
    """Test each version that is asked for, and return the exit status."""
    ours, pytest_options = _split(sys.argv[1:])
    asked = _parser().parse_args(ours)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the server is stopped
    results = [
        _tested(version, asked.subset, pytest_options) for version in asked.versions or postgres.VERSIONS
    ]
    _say("\n      version  passed  failed  skipped  seconds", *map(str, results))
    required = bool(asked.versions) and not asked.allow_missing
    return int(any(result.failed or (required and result.missing) for result in results))


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """Return what stands before and after ``--``."""
    where = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:where], arguments[where + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m devtools.servers", epilog="What follows -- is given to pytest."
    )
    parser.add_argument(
        "versions", nargs="*", metavar="VERSION", help=f"of {' '.join(_KNOWN)}; all of PostgreSQL by default"
    )
    parser.add_argument("--subset", choices=SUBSETS, default="all", help="which of the tests")
    parser.add_argument(
        "--allow-missing", action="store_true", help="exit with 0 where a named version cannot be had"
    )
    return parser


def _tested(version: str, subset: str, pytest_options: list[str]) -> Result:
    paths, marker = SUBSETS[subset], "clients" if subset == "clients" else "not slow"
    if version in debian.MYSQL and subset != "clients":
        paths = ("tests/clients/test_mysql.py",)
    try:
        with _running(version) as variables:
            _say(f"\n{version}")
            return _pytest(version, variables, ["-m", marker, *paths, *pytest_options])
    except Unavailable as reason:
        return Result(version, missing=str(reason))


@contextmanager
def _running(version: str) -> Iterator[dict[str, str]]:
    """Yield the environment variables that point the tests at `version`."""
    CACHE.mkdir(exist_ok=True)
    if version in debian.MYSQL:
        with tempfile.TemporaryDirectory() as root:
            debian.unpacked(debian.MYSQL[version], Path(root))
            yield {BASEDIR: f"{root}/usr", "REQUIRE_MARIADB": "1"}
    elif version in postgres.VERSIONS:
        with postgres.running_postgres(version) as (url, programs):
            variables = {"TEST_DATABASE_URL": url.render_as_string(hide_password=False)}
            # That of an older version refuses the server.
            if (programs / "pg_dump").exists():
                variables["TEST_PG_DUMP"] = str(programs / "pg_dump")
            yield variables
    else:
        raise Unavailable(f"expected one of {' '.join(_KNOWN)}")


def _pytest(version: str, variables: dict[str, str], options: list[str]) -> Result:
    """Run pytest with `variables`, and count."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.xml"
        command = (sys.executable, "-m", "pytest", "-q", "-n", "2", f"--junitxml={report}")
        status = subprocess.run([*command, *options], env={**os.environ, **variables}, check=False).returncode
        counts = _counts(report)
    failed = counts["failures"] + counts["errors"]
    passed = counts["tests"] - failed - counts["skipped"]
    # An interrupted run fails without a failed test.
    return Result(version, passed, failed or int(status != 0), counts["skipped"], time.monotonic() - began)


def _counts(report: Path) -> dict[str, int]:
    names = ("tests", "failures", "errors", "skipped")
    suite = ET.parse(report).find("testsuite") if report.exists() else None
    return {name: int(suite.attrib[name]) if suite is not None else 0 for name in names}


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)  # noqa: T201 - this is a command


if __name__ == "__main__":
    sys.exit(main())

"""The wheel and the sdist: what is in them, and the whole job with them alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from datetime import date
from importlib.metadata import metadata, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from sqlalchemy import URL

from chameleon_migrations import __version__
from chameleon_migrations.errors import REFUSED
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.interpreters import RUNNING, interpreters
from devtools.registered import registered
from devtools.versions import HEAD, VERSIONS
from tests.clients.conftest import required_mariadb
from tests.support.schemas import parse


def _run(*command: str | Path, cwd: Path, without: tuple[str, ...] = ()) -> str:
    """Run a program as a newcomer would, with nothing of this checkout in sight, and return what it printed.

    Args:
        command: The program and its arguments.
        cwd: Its directory.
        without: Further beginnings of environment variables that it does not get.
    """
    hidden = ("PYTHON", "VIRTUAL", *without)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(hidden)}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _build(directory: Path, target: str, source: Path = ROOT) -> Path:
    _run(sys.executable, "-m", "hatchling", "build", "-t", target, "-d", directory, cwd=source)
    return next(directory.iterdir())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    return _build(tmp_path_factory.mktemp("wheel"), "wheel")


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sdist, built from the checkout."""
    return _build(tmp_path_factory.mktemp("sdist"), "sdist")


def _oldest() -> list[str]:
    """Return our dependencies, each at the oldest version that is supported."""
    needed = [Requirement(line) for line in requires("chameleon-migrations") or ()]
    return [str(one).replace(">=", "==") for one in needed if not one.marker]


INTERPRETERS = interpreters()
SUPPORTED = [
    classifier.rpartition(" ")[2]
    for classifier in metadata("chameleon-migrations").get_all("Classifier") or ()
    if re.search(r":: Python :: 3\.\d+$", classifier)
]
"""The versions of Python that we say we support; what this machine does not have is skipped."""

WITH_NEWEST = sorted({*SUPPORTED, *INTERPRETERS}, key=Version)
WITH_OLDEST = sorted({SUPPORTED[0], RUNNING}, key=Version)
"""The versions of Python for the oldest dependencies, which are older than the newest Python and were not built for it."""


def test_the_version_is_the_last_release_of_the_changelog() -> None:
    """What comes next is above it; releases have a date, and come in order."""
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(), re.M)
    assert headings[0] == "Unreleased"
    releases = [heading.split(" - ") for heading in headings[1:]]
    assert releases[0][0] == __version__ == metadata("chameleon-migrations")["Version"]
    assert [release for release, _ in releases] == sorted(
        (release for release, _ in releases), key=Version, reverse=True
    )
    assert [str(date.fromisoformat(day)) for _, day in releases] == [day for _, day in releases]


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is no checkout of git")
def test_the_sdist_holds_what_git_holds(sdist: Path) -> None:
    """Every file of the checkout that git does not ignore; no cache, no downloaded server, no environment."""
    options = ["--cached", "--others", "--exclude-standard"]
    known = _run("git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", *options, cwd=ROOT)
    files = {name for name in known.split("\0") if name and (ROOT / name).is_file()}
    with tarfile.open(sdist) as archive:
        held = {member.name.partition("/")[2] for member in archive if member.isfile()}
    assert held == {*files, "PKG-INFO"}
    assert not [
        name for name in held if re.search(r"(^|/)(__pycache__|\.\w*cache|\.venv|\.servers|dist)/", name)
    ]


def test_the_sdist_is_complete(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    """The wheel that is built from it is the one that is built from the checkout."""
    with tarfile.open(sdist) as archive:
        if hasattr(tarfile, "data_filter"):
            archive.extractall(tmp_path, filter="data")
        else:  # before 3.10.12 and 3.11.4
            archive.extractall(tmp_path)
    again = _build(tmp_path / "again", "wheel", tmp_path / sdist.name.removesuffix(".tar.gz"))
    with zipfile.ZipFile(wheel) as ours, zipfile.ZipFile(again) as theirs:
        assert ours.namelist() == theirs.namelist()
        assert [member.CRC for member in ours.infolist()] == [member.CRC for member in theirs.infolist()]


def test_the_wheel_carries_what_it_needs(wheel: Path) -> None:
    """Scripts, SQL, types; no cache, no test."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    package = {
        f"chameleon_migrations/{name}"
        for name in (
            "py.typed",
            "op.pyi",
            "commands/report/page.html.mako",
            "commands/report/page.css",
            "scripts/alembic.ini",
            "scripts/env.py",
        )
    }
    sql = {
        f"chameleon_migrations/scripts/{path.relative_to(ROOT).as_posix()}"
        for path in ROOT.glob("versions/**/*.sql")
    }
    assert package | sql <= set(names)
    assert not [name for name in names if "__pycache__" in name or "tests" in name]


@pytest.mark.slow
def test_both_install_and_run_offline(wheel: Path, sdist: Path, tmp_path: Path) -> None:
    """With a directory of wheels that were downloaded before, and no index; the sdist is built there, too."""
    wheels = tmp_path / "wheels"
    _run(
        sys.executable, "-m", "pip", "download", "--quiet", "--dest", wheels, wheel, "hatchling", cwd=tmp_path
    )
    (wheels / wheel.name).unlink()
    for package in (wheel, sdist):
        bin_ = tmp_path / package.suffix / "bin"
        _run(sys.executable, "-m", "venv", bin_.parent, cwd=tmp_path)
        install: list[str | Path] = ["env", "PIP_CONFIG_FILE=/dev/null", bin_ / "pip", "install", "--quiet"]
        _run(*install, "--no-index", "--find-links", wheels, package, cwd=tmp_path, without=("PIP_",))
        command = bin_ / "chameleon-migrations"
        assert __version__ in _run(command, "--version", cwd=tmp_path)
        assert "example:" in _run(command, "current", "--help", cwd=tmp_path)


def _installed(directory: Path, version: str, *packages: str | Path) -> Path:
    """Install in an empty environment below `directory`, and return where the programs are."""
    if version not in INTERPRETERS:
        pytest.skip(f"Python {version} is not on this machine")
    _run(INTERPRETERS[version], "-m", "venv", directory / "venv", cwd=directory)
    _run(directory / "venv" / "bin" / "pip", "install", "--quiet", *packages, cwd=directory)
    return directory / "venv" / "bin"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("version", "pins"),
    [
        *(pytest.param(version, [], id=f"newest-{version}") for version in WITH_NEWEST),
        *(pytest.param(version, _oldest(), id=f"oldest-{version}") for version in WITH_OLDEST),
    ],
)
def test_the_whole_job_with_the_wheel_alone(
    version: str, pins: list[str], wheel: Path, database: URL, tmp_path: Path
) -> None:
    """Installed in an empty environment, run in an empty directory, with the newest and the oldest dependencies."""
    bin_ = _installed(tmp_path, version, wheel, *pins)
    recorded.load(database)
    config = write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)
    empty = tmp_path / "empty"
    empty.mkdir()

    def command(*arguments: str) -> str:
        return _run(bin_ / "chameleon-migrations", "--config", config, *arguments, cwd=empty)

    assert command("current").strip() == "1.7"
    assert parse("preflight", command("preflight", "--json"))["ready"] is True
    assert "✓ Ready: " in command("preflight")
    assert "COMMIT;" in command("upgrade", "1.7:head", "--sql")
    assert parse("rehearse", command("rehearse", "--json"))["versions"] == VERSIONS
    command("upgrade", "head")
    assert recorded.replicated(database) == recorded.expected()
    command("check")
    assert parse("status", command("status", "--json"))["version"] == HEAD
    assert "<svg" in command("report")
    command("downgrade", "1.7")
    assert command("current").strip() == "1.7"
    assert "_chameleon_revisions" in command("--print-completion", "bash")
    assert not list(empty.iterdir())


@pytest.mark.slow
@pytest.mark.clients
@pytest.mark.parametrize("version", WITH_OLDEST)
def test_rows_are_compared_with_the_oldest_dependencies(
    version: str, wheel: Path, database: URL, tmp_path: Path
) -> None:
    """MySQL is asked and read with the oldest driver; a difference is found."""
    bin_ = _installed(tmp_path, version, wheel, *_oldest())
    with required_mariadb(tmp_path / "mysql") as mysql:
        made = registered("2.0.0", database, mysql, tmp_path)
        made.table(
            "t", "id int, v text", "id int, v text", ["id"], [(number, "é😀") for number in range(1, 1001)]
        )
        made.reach()
        program: list[str | Path] = [bin_ / "chameleon-migrations", "--config", made.config]
        command = [*program, "verify", "--wait", "0"]
        assert "✓ 1 table equal: 1,000 rows compared" in _run(*command, cwd=tmp_path)
        made.run("UPDATE t SET v = 'other' WHERE id = 500")
        failed = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert failed.returncode == REFUSED, failed.stderr
    (table,) = parse("verify", failed.stdout)["tables"]
    assert [row["key"] for row in table["first"]] == [{"id": "500"}]

"""`make test-servers`: its table and its exit status where a version is not available."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from devtools.config_file import ROOT


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command with no program on PATH that downloads or unpacks a server."""
    return subprocess.run(
        [sys.executable, "-m", "devtools.servers", *arguments],
        cwd=ROOT,
        env={**os.environ, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("version", "reason"),
    [("10", "is not installed"), ("19", "is not installed"), ("9.6", "expected one of 10 11")],
)
def test_a_version_that_was_named_and_cannot_be_had(version: str, reason: str) -> None:
    """It has its reason in the table, and the run fails, unless it is allowed to be missing."""
    named = _run(version)
    assert reason in next(line for line in named.stdout.splitlines() if line.split()[:1] == [version])
    assert named.returncode == 1
    assert _run("--allow-missing", version).returncode == 0

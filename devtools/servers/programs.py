"""Where what was downloaded is kept, and programs that may not be there."""

from __future__ import annotations

import subprocess
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".servers"
"""What was downloaded; ignored by git."""


class Unavailable(Exception):  # noqa: N818 - it is no error where the version was not asked for
    """A version cannot be had on this machine; the text says why."""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run `command`, and return what it printed.

    Raises:
        Unavailable: It is not installed, or it fails.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise Unavailable(f"{command[0]} failed: {lines[-1] if lines else 'it printed nothing'}")
    return done.stdout

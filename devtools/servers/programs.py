"""Where what was downloaded is kept, and programs that may not be there."""

from __future__ import annotations

import subprocess
from pathlib import Path

CACHE = Path(__file__).resolve().parents[2] / ".servers"
"""What was downloaded; ignored by git."""

_SECONDS = 300
"""How long a download may take."""


class Unavailable(Exception):  # noqa: N818 - it is no error where the version was not asked for
    """A version cannot be had on this machine; the text says why."""


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """Run `command`, and return what it printed.

    Raises:
        Unavailable: It is not installed, fails, or does not end.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, timeout=_SECONDS)
    except FileNotFoundError:
        raise Unavailable(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise Unavailable(f"{command[0]} did not end in {_SECONDS} s") from None
    if done.returncode:
        raise Unavailable(f"{command[0]} failed: {last_line(done.stderr or done.stdout)}")
    return done.stdout


def last_line(printed: str) -> str:
    """Return the last line of `printed` that is not empty: the reason of a failure, as most programs print it."""
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing"

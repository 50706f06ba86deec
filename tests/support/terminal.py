"""Commands that run on a terminal."""

from __future__ import annotations

import os
import pty
import re
import subprocess

from devtools.config_file import ROOT


def on_a_terminal(arguments: list[str], status: int = 0, **environment: str) -> str:
    """Run a command whose standard error is a terminal, and return what it shows there; it has to end with `status`."""
    terminal, inside = pty.openpty()
    with subprocess.Popen(
        arguments,
        cwd=ROOT,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=inside,
    ) as process:
        os.close(inside)
        shown = read(terminal)
        assert process.wait(timeout=60) == status, shown.decode()
    os.close(terminal)
    return shown.decode()


def read(terminal: int, until: bytes | None = None) -> bytes:
    """Return what is written to `terminal`, or a pipe, up to what matches `until`, or to its end."""
    read = b""
    while until is None or not re.search(until, read):
        try:
            more = os.read(terminal, 1000)
        except OSError:  # Linux reports EIO once the other side of a terminal is closed
            more = b""
        if not more:
            assert until is None, read.decode()
            break
        read += more
    return read

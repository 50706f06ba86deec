"""The picture of a terminal in the README: ``preflight`` and ``upgrade`` on a recorded catalogue. Run by ``make picture``."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text
from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import create_owner, fresh_database, running_server

PICTURE = ROOT / "docs" / "images" / "terminal.svg"

COLUMNS, LINES = 100, 200

COMMANDS = (
    ["--config", "default", "preflight", "-x", "mysql=skip"],
    ["--config", "default", "upgrade", "head", "-x", "mysql=skip"],
)
"""The recorded catalogue has no MySQL server to ask."""

_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""The fonts that rich would fetch, which a picture in a README cannot."""


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(draw(), encoding="utf-8")


def draw() -> str:
    """Run the commands, and return the picture of a terminal that shows them, as SVG."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        home = Path(directory) / "home"
        configuration = home / ".pg_chameleon" / "configuration"
        configuration.mkdir(parents=True)
        with running_server(Path(directory) / "postgres") as server:
            create_owner(server)
            with fresh_database(server, prefix="db_replica_") as database:
                recorded.load(database)
                write_config(configuration / "default.yml", database, recorded.SOURCES)
                shown = [line for arguments in COMMANDS for line in _session(home, database, arguments)]
    return _svg(shown)


def _session(home: Path, database: URL, arguments: list[str]) -> Iterator[Text]:
    """Yield the lines of the terminal after a command: the prompt, and what it printed."""
    command = f"chameleon-migrations {' '.join(arguments)}"
    yield Text.assemble(("$ ", "green"), (command, "bold"))
    plain = {str(database.database): "db_replica", str(database.host): "localhost"}
    written = _run(home, arguments)
    for name, shown in plain.items():
        written = written.replace(name.encode(), shown.encode())
    yield from _lines(written)
    yield Text()


def _run(home: Path, arguments: list[str]) -> bytes:
    """Run the command on a terminal, answer its question with YES, and return all that it writes."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "HOME": str(home), "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    written = b""
    with subprocess.Popen(
        [sys.executable, "-m", "chameleon_migrations.cli", *arguments],
        cwd=home,
        env=environment,
        stdin=inside,
        stdout=inside,
        stderr=inside,
    ) as process:
        os.close(inside)
        try:
            while chunk := os.read(terminal, 1000):
                written += chunk
                if written.endswith((b": ", b"? ")):
                    os.write(terminal, b"YES\n")
        except OSError:  # Linux reports EIO once the other side is closed
            pass
    os.close(terminal)
    if process.returncode:
        sys.exit(f"{arguments} ended with {process.returncode}:\n{written.decode()}")
    return written


def _lines(written: bytes) -> Iterator[Text]:
    """Yield the lines that a terminal shows in the end: bars that were drawn again and again once."""
    screen = pyte.Screen(COLUMNS, LINES)
    pyte.ByteStream(screen).feed(written)
    for number in range(screen.cursor.y):
        row = [screen.buffer[number][column] for column in range(COLUMNS)]
        line = Text()
        for style, characters in groupby(row, key=_style):
            line.append("".join(character.data for character in characters), style)
        line.rstrip()
        yield line


def _style(character: pyte.screens.Char) -> Style:
    colour = None if character.fg == "default" else character.fg
    if colour and re.fullmatch("[0-9a-f]{6}", colour):
        colour = f"#{colour}"
    return Style(color={"brown": "yellow"}.get(colour or "", colour), bold=character.bold)


def _svg(lines: list[Text]) -> str:
    console = Console(
        width=COLUMNS, record=True, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in lines:
        console.print(line, no_wrap=True)
    return _FONTS.sub("", console.export_svg(title="chameleon-migrations", unique_id="terminal"))


if __name__ == "__main__":
    main()

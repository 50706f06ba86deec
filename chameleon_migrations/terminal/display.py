"""Lines with marks, and JSON, for the commands that show something."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TextIO

from alembic.config import Config

from chameleon_migrations import visible

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH = 160
"""Columns of what goes into a file or a pipe, where there is no terminal to ask."""


def console(stream: TextIO) -> Console:
    """Return a console on `stream`: as wide as the terminal, plain where there is none or ``NO_COLOR`` is set."""
    from rich.console import Console  # noqa: PLC0415 - slow, and most commands show nothing

    return Console(file=stream, width=None if stream.isatty() else _WIDTH, highlight=False, markup=False)


MARKS = {"ok": ("✓", "+", "green"), "failed": ("✗", "x", "bold red"), "warning": ("!", "!", "yellow")}
"""A mark's name to the mark, what stands for it where the encoding lacks it, and its colour on a terminal."""


def show_lines(config: Config, lines: Iterable[str], mark: str | None = None) -> None:
    """Print lines on the standard output of `config`, none of them cut or broken.

    Args:
        config: Alembic's configuration.
        lines: The lines.
        mark: The mark before the first of them, a key of `MARKS`; the others are indented below it.
    """
    from rich.text import Text  # noqa: PLC0415 - slow

    output = console(config.stdout)
    for number, line in enumerate(lines):
        lead = "" if mark is None else "  "
        if mark and number == 0:
            sign, plain, style = MARKS[mark]
            output.print(Text(_encodable(sign, plain, config.stdout), style), end=" ")
            lead = ""
        line = visible.line(line)  # noqa: PLW2901 - what is shown
        shown = _encodable(line, line.replace("→", "->"), config.stdout)
        output.print(Text(f"{lead}{shown}"), soft_wrap=True)


def _encodable(text: str, otherwise: str, stream: TextIO) -> str:
    """Return `text`, or `otherwise` where the encoding of `stream` lacks a character; what even that has is escaped."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return otherwise.encode(encoding, "backslashreplace").decode(encoding)
    return text


def show_json(config: Config, value: Any) -> None:
    """Print `value` as JSON: times as in ISO 8601, durations as seconds, and what else JSON has no word for as text."""
    shown = json.dumps(value, indent=2, ensure_ascii=False, default=_in_json)
    config.stdout.write(f"{visible.in_json(shown)}\n")


def _in_json(value: object) -> str | float:
    if isinstance(value, timedelta):
        return value.total_seconds()
    return value.isoformat() if isinstance(value, datetime) else str(value)

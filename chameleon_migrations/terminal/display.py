"""Lines with marks, tables and JSON for the commands that show something."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from alembic.config import Config

if TYPE_CHECKING:
    from rich.console import Console

_WIDTH = 160
"""Columns of a table that goes into a file or a pipe, where there is no terminal to ask."""


def console(stream: TextIO) -> Console:
    """Return a console on `stream`: as wide as the terminal, plain where there is none or ``NO_COLOR`` is set."""
    from rich.console import Console  # noqa: PLC0415 - slow, and most commands show no table

    return Console(file=stream, width=None if stream.isatty() else _WIDTH, highlight=False, markup=False)


def show(
    config: Config, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]], empty: str = "none"
) -> None:
    """Print a table on the standard output of `config`; `empty` where it has no row.

    A cell holds text as it stands, or None for nothing.
    """
    from rich import box, table, text  # noqa: PLC0415 - slow

    output = console(config.stdout)
    shown = table.Table(*headings, box=box.SIMPLE, title=title, title_justify="left", pad_edge=False)
    for row in rows:
        shown.add_row(*(text.Text("" if cell is None else str(cell)) for cell in row))
    output.print(shown if shown.rows else text.Text(f"{title}: {empty}\n"))


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
    """Print `value` as JSON; what JSON has no word for, as text."""
    config.stdout.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")

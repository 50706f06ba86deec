"""The page's words for numbers, times and states."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from math import ceil

from chameleon_migrations import visible

_MINUTE = 60
_CODE = re.compile("`([^`]+)`")

MARKS = {
    "ok": "holds",
    "bad": "does not hold",
    "neutral": "does not hold now",
    "unknown": "not asked: it needs the others",
}
"""The outcome of a check, by its state."""


def code(text: str) -> str:
    """Return the HTML of a docstring's line, in which `names` are in backticks."""
    return _CODE.sub(r"<code>\1</code>", html.escape(visible.line(text)))


def plural(number: int, thing: str) -> str:
    """Return `number` and what it counts, such as ``1 table`` or ``1,000 tables``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def took(duration: timedelta | None) -> str:
    """Return `duration` to be read at a glance; nothing where there is none."""
    if duration is None:
        return ""
    seconds = duration.total_seconds()
    if seconds < _MINUTE:
        return f"{seconds:.2f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def about(seconds: float) -> str:
    """Return an estimate, which is not worth fractions of a second."""
    whole = ceil(seconds)
    return f"{whole} s" if whole < _MINUTE else took(timedelta(seconds=whole))

"""How the page words numbers, times and the state of things."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

_MINUTE = 60
MARKS = {"ok": "holds", "bad": "does not hold", "unknown": "not asked: it needs the others"}
"""What a check came to, by its state."""


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

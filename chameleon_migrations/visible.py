"""Text that steers no terminal: a name from a database or a file can hold an escape sequence, or a line break."""

from __future__ import annotations

import json
import logging
import re

_CONTROLS = re.compile(
    "[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What moves the cursor, begins a line, or turns the direction of writing; and halves of surrogate pairs."""


def line(text: str) -> str:
    """Return `text` as one line, its control characters escaped, as psql does."""
    return _CONTROLS.sub(_escaped, text)


def lines(text: str) -> str:
    r"""Return `text` with its control characters escaped, except ``\n``."""
    return "\n".join(map(line, text.split("\n")))


def in_json(text: str) -> str:
    """Return the JSON `text` with the control characters that JSON leaves in a string escaped as JSON escapes them."""
    return _CONTROLS.sub(lambda found: found[0] if found[0] == "\n" else json.dumps(found[0])[1:-1], text)


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "surrogatepass").decode("ascii")


class Escaped(logging.Filter):
    """Escapes the control characters in each record of a handler: alembic's own lines can have names, too."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Escape the record's message, and let it pass."""
        record.msg, record.args = lines(record.getMessage()), ()
        return True


ESCAPED = Escaped()


class OneLine(logging.Filter):
    """Makes each record of our logger one line: a name in it could otherwise forge another line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Escape the record's message, and let it pass."""
        record.msg, record.args = line(record.getMessage()), ()
        return True


logging.getLogger("alembic.chameleon_migrations").addFilter(OneLine())

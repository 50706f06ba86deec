"""Values of `pg_conn`, which pg_chameleon 2 puts into libpq's connection string as they are written.

So libpq reads them by the rules of its connection strings: ``two words`` is an error, ``'two words'`` is one value.
"""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[^ \t\n\r\v\f'\\]+")
_ONE_VALUE = re.compile(r"'(?:[^'\\]|\\.)*'|(?!')(?:[^ \t\n\r\v\f\\]|\\.)+", re.DOTALL)


def quoted(value: str) -> str:
    """Return `value` as it is to be written in the file, so that libpq reads it from the string."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = re.sub(r"(['\\])", r"\\\1", value)
    return f"'{escaped}'"


def is_readable(written: str) -> bool:
    """Tell whether libpq reads what is `written` as one value."""
    return _ONE_VALUE.fullmatch(written) is not None


def unquoted(written: str) -> str:
    """Return what libpq reads where `written` is one value to it; what it cannot read is meant literally."""
    if not is_readable(written):
        return written
    inner = written[1:-1] if written.startswith("'") else written
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)

"""Values of `pg_conn`, which pg_chameleon 2 puts into libpq's connection string as they are written.

So libpq reads them by the rules of its connection strings: ``two words`` is an error, ``'two words'`` is one value.
"""

from __future__ import annotations

import re

_SPACE = " \t\n\r\v\f"
_PLAIN = re.compile(rf"[^{_SPACE}'\\]+")
_ONE_VALUE = re.compile(rf"'(?:[^'\\]|\\.)*'|(?!')(?:[^{_SPACE}\\]|\\.)+", re.DOTALL)


def quoted(value: str) -> str:
    """Return `value` as the file must write it for libpq to read it from the string."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = re.sub(r"(['\\])", r"\\\1", value)
    return f"'{escaped}'"


def unquoted(written: str) -> str:
    """Return what libpq reads where `written` is one value to it; what it cannot read is meant literally."""
    value = written.strip(_SPACE)
    if not _ONE_VALUE.fullmatch(value):
        return written
    inner = value[1:-1] if value.startswith("'") else value
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)

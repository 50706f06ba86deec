"""The versions of the chain in this checkout, and the one that comes next."""

from __future__ import annotations

from chameleon_migrations.database.sql_files import structures

VERSIONS = list(structures())
"""Every catalogue version, the lowest first."""

HEAD = VERSIONS[-1]

_RELEASE, _LAST = HEAD.rsplit(".", 1)

NEXT = f"{_RELEASE}.{int(_LAST) + 1}"
"""The version after `HEAD`, such as ``2.0.11`` after ``2.0.10``."""


def for_next(text: str) -> str:
    """Return `text`, which shows how 2.0.11 is chained after 2.0.10, for `NEXT` and `HEAD` instead."""
    return text.replace("2.0.11", "\0").replace("2.0.10", HEAD).replace("\0", NEXT)

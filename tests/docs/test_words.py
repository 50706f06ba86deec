"""The English of what we print and of our docs: the field's words, and none of those that we have retired."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devtools.config_file import ROOT

RETIRED = re.compile(
    r"pass(?:ed|es|ing)? over|hangs? together|told of|is told|somebody|comes? to the same|comes? to one line"
    r"|in the way\b|is at the database|that which|what it brings|the way back|found no such number|takes the place of"
    r"|hand may not have|so was this|and this\. ",
    re.IGNORECASE,
)
"""A phrase of the private language that a reader from elsewhere has to read twice."""


def texts() -> list[Path]:
    """Return the files whose text a person reads: the package with its messages, the SQL, and the docs."""
    return [
        *(ROOT / "chameleon_migrations").rglob("*.py"),
        *(ROOT / "chameleon_migrations").rglob("*.mako"),
        *(ROOT / "versions").rglob("*.py"),
        *(ROOT / "versions").rglob("*.sql"),
        *(ROOT / "docs").glob("*.md"),
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "env.py",
        ROOT / "demo" / "__main__.py",
    ]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_retired_word(path: Path) -> None:
    """Each line is in the words of PostgreSQL, MySQL, alembic and pg_chameleon."""
    lines = [line for line in path.read_text().splitlines() if RETIRED.search(line)]
    assert lines == []

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

RETIRED_OUTSIDE = re.compile(
    RETIRED.pattern
    + r"|\b(?:is|are|be|was) told\b|\btells? of\b|\bway back\b|\bas it is\b|what (?:it|they|he) says?\b|is there to\b"
    r"|\bat the database|comes? to (?:the same|one)\b|takes? (?:the|another's|its|his) place|call the catalogue"
    r"|once you are content|look before you leap|hand of somebody|passes .{1,40} over\b",
    re.IGNORECASE,
)
"""The same and more, in the docs, the tests and ``versions/``; the package has a few of them in its comments."""


def texts() -> list[Path]:
    """Return the files of the package, with its messages."""
    return [
        *(ROOT / "chameleon_migrations").rglob("*.py"),
        *(ROOT / "chameleon_migrations").rglob("*.mako"),
        ROOT / "env.py",
        ROOT / "demo" / "__main__.py",
    ]


def texts_outside() -> list[Path]:
    """Return the docs, the tests, and the revisions with their SQL."""
    return [
        *(ROOT / "versions").rglob("*.py"),
        *(ROOT / "versions").rglob("*.sql"),
        *(ROOT / "docs").glob("*.md"),
        *(path for path in (ROOT / "tests").rglob("*.py") if path != Path(__file__)),
        *ROOT.glob("*.md"),
    ]


def found(pattern: re.Pattern[str], path: Path) -> list[str]:
    """Return the lines of a file with a phrase of `pattern`."""
    return [line for line in path.read_text().splitlines() if pattern.search(line)]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_retired_word_in_the_package(path: Path) -> None:
    """Each line is in the words of PostgreSQL, MySQL, alembic and pg_chameleon."""
    assert found(RETIRED, path) == []


@pytest.mark.parametrize("path", texts_outside(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_retired_word_outside(path: Path) -> None:
    """The same in the docs, the tests and the revisions."""
    assert found(RETIRED_OUTSIDE, path) == []

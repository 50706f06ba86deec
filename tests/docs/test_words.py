"""The English of all that we write: the words of the field, and no retired phrase."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devtools.config_file import ROOT

RETIRED = re.compile(
    r"pass(?:ed|es|ing)? over|passes .{1,40} over\b|hangs? together|\b(?:is|are|be|was) told\b|\btells? of\b|told of"
    r"|somebody|comes? to (?:the same|one)\b|in the way\b|\b(?:is|are) at the database|that which|what it brings"
    r"|\bway back\b|found no such number|takes? (?:the|another's|its|his) place|hand may not have|so was this"
    r"|and this\. |\bas it is\b|what (?:it|they|he) says?\b|is there to\b|call the catalogue|once you are content"
    r"|look before you leap",
    re.IGNORECASE,
)
"""A phrase that a reader from elsewhere has to read twice."""


def texts() -> list[Path]:
    """Return the files with code, messages or docs, except for this one."""
    suffixes = {".py", ".pyi", ".sql", ".mako", ".html", ".md", ".toml", ".ini"}
    rooms = ("chameleon_migrations", "versions", "demo", "devtools", "benchmarks", "tests", "docs")
    paths = [*ROOT.iterdir(), *(path for room in rooms for path in (ROOT / room).rglob("*"))]
    return [path for path in paths if path.suffix in suffixes and path != Path(__file__)]


@pytest.mark.parametrize("path", texts(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_retired_phrase(path: Path) -> None:
    """Each line is in the words of PostgreSQL, MySQL, alembic and pg_chameleon."""
    assert [line for line in path.read_text().splitlines() if RETIRED.search(line)] == []

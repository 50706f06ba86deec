"""The guide says what is: its commands are run, and its list of errors is compared with the code."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from chameleon_migrations.checks.check import read_check
from devtools.config_file import ROOT
from tests.support.guide import PAGES, Reader

RAISED = {"UserError", "refusal", "_refusal", "wrong", "Check"}
"""The names by which a message for the user is made."""


@pytest.mark.slow
def test_the_guide_shows_what_the_commands_print(database: URL, tmp_path: Path) -> None:
    """Upgrade and way back, block by block; what is to be shown now is written by ``python -m tests.support.guide``."""
    reader = Reader(tmp_path, database)
    reader.prepare()
    for page in PAGES:
        for shown, printed in reader.follow(page):
            assert shown == printed


def messages() -> Iterator[str]:
    """Yield the longest constant part of each message for the user in the code; of a check, what is wrong."""
    for path in sorted((ROOT / "chameleon_migrations").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", getattr(node.func, "attr", "")) in RAISED
            ):
                parts = [
                    part
                    for argument in node.args[:2]
                    for part in _constants(argument)
                    if not part.endswith(".sql")
                ]
                # What is found comes before what is needed and what to do.
                yield max((re.split("; |: ", part.strip(" ;:"))[0] for part in parts), key=len, default="")
    for path in (ROOT / "versions").glob("*/checks/*.sql"):
        yield read_check(f"{path.parts[-3]}/checks/{path.name}").failure


def _constants(node: ast.expr) -> list[str]:
    return [
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]


@pytest.mark.parametrize("message", sorted(set(filter(None, messages()))))
def test_every_error_is_in_the_list(message: str) -> None:
    """A message that the code can print is in the guide, with its remedy."""
    assert message in (ROOT / "docs" / "errors.md").read_text()


@pytest.mark.slow
def test_the_guide_builds_without_a_warning(tmp_path: Path) -> None:
    """Every link leads somewhere, every page is in the navigation."""
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "errors" / "index.html").exists()

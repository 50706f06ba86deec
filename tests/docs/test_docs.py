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
from chameleon_migrations.config.settings import load
from devtools.config_file import ROOT
from tests.support.guide import PAGES, Reader

RAISED = {"UserError", "refusal", "refusal_of", "wrong", "Check"}
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


def test_every_name_in_the_architecture_exists() -> None:
    """A room, a module or a SQL file that the page names is there, and every room is named."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    package = ROOT / "chameleon_migrations"
    places = [*package.rglob("*"), *(ROOT / "versions").rglob("*")]
    names = {place.name for place in places} | {place.relative_to(ROOT).as_posix() for place in places}
    files = re.findall(r"[\w./-]+\.(?:py|sql)\b", page)
    folders = [name.rstrip("/") for name in re.findall(r"[\w./-]+/(?![\w*])", page)]
    assert [name for name in (*files, *folders) if "*" not in name and name not in names] == []
    rooms = {path.parent.name for path in package.glob("*/__init__.py")}
    assert {room for room in rooms if f"{room}/" not in page} == set()


def test_the_mappings_in_the_guide_are_read(tmp_path: Path) -> None:
    """The configuration file that the guide shows is one."""
    (shown,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "upgrade.md").read_text(), re.DOTALL)
    (tmp_path / "new.yml").write_text(shown)
    assert [dict(source.schema_mappings) for source in load(tmp_path / "new.yml").sources] == [
        {"my_schema_01": "db_schema_01", "my_schema_02": "db_schema_02"}
    ]

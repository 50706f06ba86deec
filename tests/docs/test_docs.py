"""The guide says what is: its commands are run, and its list of errors is compared with the code."""

from __future__ import annotations

import ast
import html
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from chameleon_migrations.checks.check import read_check
from chameleon_migrations.config.settings import load
from devtools import picture
from devtools.config_file import ROOT
from tests.support.guide import PAGES, Reader

RAISED = {"UserError", "refusal", "refusal_of", "wrong", "Check"}
"""The names by which a message for the user is made."""


@pytest.mark.slow
def test_the_guide_shows_what_the_commands_print(database: URL, tmp_path: Path) -> None:
    """Upgrade and downgrade, block by block; ``python -m tests.support.guide`` writes the blocks anew."""
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
@pytest.mark.skipif(sys.version_info < (3, 11), reason="Zensical needs Python 3.11")
def test_the_guide_builds_without_a_warning(tmp_path: Path) -> None:
    """Every link leads to a page and a heading that exist."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    shutil.copy(ROOT / "zensical.toml", tmp_path)
    done = subprocess.run(
        [Path(sys.executable).with_name("zensical"), "build", "--strict"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "errors" / "index.html").exists()


def test_every_page_is_in_the_navigation() -> None:
    """Zensical does not say where one is missing on either side."""
    named = re.findall(r'= "(\w+\.md)"', (ROOT / "zensical.toml").read_text())
    assert sorted(named) == sorted(path.name for path in (ROOT / "docs").glob("*.md"))


PAGES_READ = [
    *(ROOT / "docs").glob("*.md"),
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
]


@pytest.mark.parametrize("path", PAGES_READ, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files(path: Path) -> None:
    """Each relative link and picture is a file in the checkout."""
    links = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text())
    assert [link for link in links if not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES_READ, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_prose_is_at_most_100_columns_wide(path: Path) -> None:
    """Tables and code blocks may be wider: a table's row is one line, and a transcript is what was printed."""
    prose = re.sub(r"^( *)```.*?^\1```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    lines = [line for line in prose.splitlines() if not line.lstrip().startswith("|")]
    assert [line for line in lines if len(line) > 100] == []


def test_the_readme_is_short() -> None:
    """At most 150 lines, with the picture in the first 20; nothing is promised that PyPI does not have."""
    readme = (ROOT / "README.md").read_text()
    assert len(readme.splitlines()) <= 150
    assert "docs/images/terminal.svg" in "".join(readme.splitlines()[:20])
    assert not [page.name for page in PAGES_READ if "install chameleon-migrations" in page.read_text()]


@pytest.mark.slow
def test_the_picture_is_what_a_terminal_shows() -> None:
    """But for times and rates; ``make picture`` draws it anew."""
    assert steady(picture.draw()) == steady(picture.PICTURE.read_text())


def steady(svg: str) -> list[str]:
    """Return the lines of a picture, without times, rates, spaces, and the bars that fill what rates leave.

    A line that has nothing else is left out: the terminal wraps a bar where a rate is long.
    """
    lines = [html.unescape(line).replace("\xa0", " ") for line in re.findall(r"<text[^>]*>(.*?)</text>", svg)]
    shown = [re.sub(r"\d+\.\d s\b|[\d,]+/s|\d+:\d\d:\d\d|\s+|[━╸╺]+", "", line) for line in lines]
    return [line for line in shown if line]


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

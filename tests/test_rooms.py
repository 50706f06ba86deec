"""The rooms of the package: imports between them point one way, and nothing in them grows beyond a page."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from devtools.config_file import ROOT

PACKAGE = ROOT / "chameleon_migrations"

ROOMS = (
    "cli",
    "commands",
    "verification",
    "running",
    "autogenerate",
    "operations",
    "checks",
    "replay",
    "database",
    "config",
    "terminal",
    "errors",
    "visible",
)
"""From the command line down: a module imports from its own room and those that come after it, and from no other."""

ANYWHERE = {"__init__", "op", "plugin"}
"""Alembic's way in, which no other module imports."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def room(module: str) -> str:
    """Return the room of a module's dotted name, that of the package left out."""
    return module.split(".", maxsplit=1)[0]


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names of our modules that the module at `path` imports anywhere in it, also for types only."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (
            name.removeprefix("chameleon_migrations.")
            for name in names
            if name.startswith("chameleon_migrations.")
        )


def test_every_module_is_in_a_room() -> None:
    """At the top of the package are the ways in, the errors, and the rooms."""
    tops = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert tops == {*ROOMS, *ANYWHERE}


def test_imports_point_down() -> None:
    """No room imports from one above it, not even for types or inside a function; so there is no circle of rooms."""
    upwards = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules()
        if (own := room(path.relative_to(PACKAGE).with_suffix("").parts[0])) in ROOMS
        for name in imported(path)
        if room(name) not in {*ROOMS[ROOMS.index(own) :], "__version__"}
    ]
    assert upwards == []


def test_no_circle_of_modules() -> None:
    """Within a room, too, no module comes back to itself by its imports."""
    known = {path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".") for path in modules()}
    arrows = {
        path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", "."): {
            name if name in known else name.rpartition(".")[0] for name in imported(path)
        }
        for path in modules()
    }
    while free := {module for module, names in arrows.items() if not names & arrows.keys() - {module}}:
        arrows = {module: names for module, names in arrows.items() if module not in free}
    assert arrows == {}


def test_a_module_is_not_named_like_what_it_holds() -> None:
    """``status.status`` makes two imports read alike."""
    alike = [
        str(path.relative_to(ROOT))
        for path in modules()
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == path.stem
    ]
    assert alike == []


def test_nothing_is_long() -> None:
    """A file has at most 300 lines, a function at most 30, and half of the functions at most 6."""
    assert [path.name for path in modules() if len(path.read_text().splitlines()) > 300] == []
    lengths = {
        f"{path.relative_to(ROOT)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1 - documented(node)
        for path in [*modules(), *(ROOT / "versions").glob("*.py")]
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > 30} == {}
    assert median(lengths.values()) <= 6


def documented(node: ast.FunctionDef) -> int:
    """Return how many lines of a function are its docstring."""
    first = node.body[0]
    return (first.end_lineno or 0) - first.lineno + 1 if ast.get_docstring(node) else 0

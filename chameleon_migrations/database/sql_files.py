"""Where alembic's scripts and the catalogue's SQL are: inside the installed wheel, or in the checkout."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path, PurePosixPath
from textwrap import indent
from typing import Any

from chameleon_migrations.database.catalogue import CATALOGUE

_PACKAGE = Path(__file__).resolve().parent.parent


def script_directory() -> Path:
    """Return the directory that holds ``alembic.ini``, ``env.py`` and ``versions``.

    The wheel ships it as ``scripts`` inside the package; an editable installation has the checkout's root.
    """
    installed = _PACKAGE / "scripts"
    return installed if installed.is_dir() else _PACKAGE.parent


_locations: ContextVar[tuple[Path, ...]] = ContextVar("locations", default=())


@contextmanager
def searched(locations: Iterable[str]) -> Iterator[None]:
    """Find SQL files below alembic's version `locations` too, in what runs inside: a user's revisions bring their own."""
    before = _locations.set(tuple(map(Path, locations)))
    try:
        yield
    finally:
        _locations.reset(before)


def _places() -> list[Path]:
    """Return the version locations: ours, then others."""
    ours = script_directory() / "versions"
    return [ours, *(place for place in _locations.get() if place.resolve() != ours.resolve())]


_PIECE = re.compile(r"^([ \t]*)--<< (\S+)\n", re.MULTILINE)


def sql(name: str, catalogue: str = f"{CATALOGUE}.") -> str:
    """Return the text of the file `name` below a version location, such as ``2.0.0/schema.sql``.

    Two things in a file stand for something else:

    - A line ``--<< fold.sql`` stands for the text of that piece, at the line's indentation. A piece is in the folder that
      is named like the file, here ``2.0.0/schema/fold.sql``; one that several files share is named with its folder, as in
      ``--<< common/resume_batch.sql``. A piece can have pieces: those
      of its own folder.
    - ``@catalogue.`` stands before the name of an object of the catalogue where the catalogue can be elsewhere than in
      its own schema.

    Args:
        name: The file.
        catalogue: What stands before an object's name: a schema and a dot, and what all names there begin with.

    Raises:
        FileNotFoundError: There is no such file, or a piece is missing.
    """
    return _assembled(name, PurePosixPath(name).with_suffix("")).replace("@catalogue.", catalogue)


def _assembled(name: str, pieces: PurePosixPath) -> str:
    def piece(line: re.Match[str]) -> str:
        indentation, file = line.groups()
        shared = "/" in file
        text = _assembled(
            file if shared else str(pieces / file), PurePosixPath(file).parent if shared else pieces
        )
        return indent(text, indentation)

    return _PIECE.sub(piece, _read(name))


def _read(name: str) -> str:
    ours = _read_ours(name)
    if ours is not None:
        return ours
    places = [location / name for location in _places()]
    found = next((place for place in places if place.is_file()), places[0])
    return found.read_text(encoding="utf-8")


@cache
def _read_ours(name: str) -> str | None:
    """Return the text of one of our own files, or None if it is not ours. Only ours never change while we run."""
    file = script_directory() / "versions" / name
    return file.read_text(encoding="utf-8") if file.is_file() else None


def alike(file: str) -> list[str]:
    """Return the files named `file` in the versions' folders, the lowest first: ``common/fn_a.sql``, ``2.0.11/fn_a.sql``.

    What is in ``common`` comes before any version.
    """
    found = (place for location in _places() for place in location.glob(f"*/{file}"))
    return sorted((f"{place.parent.name}/{file}" for place in found), key=_order)


def before(name: str) -> str | None:
    """Return the file that the file `name` replaces, the previous version's file of that name, or None."""
    names = alike(name.rsplit("/", 1)[-1])
    position = names.index(name)
    return names[position - 1] if position else None


def structures() -> dict[str, dict[str, Any]]:
    """Return the recorded structures, ``structure.json`` in the versions' folders, by version, the lowest first."""
    found = {
        place.parent.name: place for location in _places() for place in location.glob("*/structure.json")
    }
    return {version: json.loads(found[version].read_text()) for version in sorted(found, key=_order)}


def _order(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name.split("/", 1)[0])]

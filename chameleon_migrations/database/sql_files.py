"""Where alembic's scripts and the catalogue's SQL are: inside the installed wheel, or in the checkout."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def script_directory() -> Path:
    """Return the directory that holds ``alembic.ini``, ``env.py`` and ``versions``.

    The wheel ships it as ``scripts`` inside the package; an editable installation has the checkout's root.
    """
    installed = _PACKAGE / "scripts"
    return installed if installed.is_dir() else _PACKAGE.parent


_locations = [script_directory() / "versions"]


def look_in(locations: Iterable[str]) -> None:
    """Look for SQL files below alembic's version `locations` too: a user's revisions bring their own."""
    _locations[1:] = [place for place in map(Path, locations) if place.resolve() != _locations[0]]


def sql(name: str) -> str:
    """Return the text of the file `name` below a version location, such as ``2.0.0/schema.sql``.

    Raises:
        FileNotFoundError: There is none.
    """
    places = [location / name for location in _locations]
    found = next((place for place in places if place.is_file()), places[0])
    return found.read_text(encoding="utf-8")


def alike(file: str) -> list[str]:
    """Return the files named `file` in the versions' folders, the lowest first: ``1.7/fn_a.sql``, ``2.0.11/fn_a.sql``."""
    found = (place for location in _locations for place in location.glob(f"*/{file}"))
    return sorted((f"{place.parent.name}/{file}" for place in found), key=_order)


def before(name: str) -> str | None:
    """Return the file that the file `name` takes the place of, which is named alike for a version below, or None."""
    names = alike(name.rsplit("/", 1)[-1])
    position = names.index(name)
    return names[position - 1] if position else None


def _order(name: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", name.split("/", 1)[0])]

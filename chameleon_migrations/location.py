"""Where alembic's scripts and the catalogue's SQL are: inside the installed wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def script_directory() -> Path:
    """Return the directory that holds ``alembic.ini``, ``env.py`` and ``versions``.

    The wheel ships it as ``scripts`` inside the package; an editable installation has the checkout's root.
    """
    installed = _PACKAGE / "scripts"
    return installed if installed.is_dir() else _PACKAGE.parent


def sql(name: str) -> str:
    """Return the text of the file `name` below ``versions``, such as ``2.0.0/schema.sql``."""
    return (script_directory() / "versions" / name).read_text(encoding="utf-8")

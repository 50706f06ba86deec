"""The command ``init``: a directory of the user's own revisions, chained after those that come with this package."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from alembic.config import Config

from chameleon_migrations.database.sql_files import script_directory
from chameleon_migrations.errors import UserError

_OWN = "version_locations = %(here)s/versions"
_HOOKS = re.compile(r"# Generated revisions .*?(?=\[loggers\])", re.DOTALL)
"""What formats revisions in our repository, with a tool that a user need not have."""


def run(config: Config, directory: str) -> None:
    """Create `directory`, and say how the first revision in it is made.

    Raises:
        UserError: It is there already and holds something, or cannot be made.
    """
    path = Path(directory)
    try:
        if path.exists() and any(path.iterdir()):
            raise UserError(f"{path} is not empty; needed: a directory to create, or an empty one")
        _fill(path)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; needed: a place for the directory") from None
    config.print_stdout(
        "%s: ready. The next catalogue version's revision:\n"
        "  chameleon-migrations -c %s revision --version-path %s --rev-id VERSION --message 'what it changes'",
        path,
        path / "alembic.ini",
        path / "versions",
    )


def _fill(path: Path) -> None:
    ours = script_directory()
    (path / "versions").mkdir(parents=True)
    for name in ("env.py", "script.py.mako"):
        shutil.copyfile(ours / name, path / name)
    ini = _HOOKS.sub("", (ours / "alembic.ini").read_text(encoding="utf-8"))
    (path / "alembic.ini").write_text(ini.replace(_OWN, f"{_OWN}\n    {_our_versions()}"), encoding="utf-8")


def _our_versions() -> str:
    """Return where our revisions are, as alembic.ini says it: by package, so that a later version of it is found too."""
    ours = script_directory()
    if ours.name == "scripts":
        return "chameleon_migrations:scripts/versions"
    return str(ours / "versions").replace("%", "%%")

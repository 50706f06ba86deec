"""Record the structure of a catalogue version: ``python -m devtools.record_structure 2.0.11``.

An empty catalogue is brought to that version on an embedded PostgreSQL, and what it is then is written to
``versions/2.0.11/structure.json``. The tests compare every later run of the chain with it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.config import CommandLine, Config
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from devtools.config_file import ROOT, write_config
from devtools.server import create_owner, fresh_database, running_server
from devtools.structure import structure


def main(version: str) -> None:
    """Record the structure of `version`."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory,
        running_server(Path(directory) / "postgres") as server,
    ):
        create_owner(server)
        with fresh_database(server) as database:
            _upgrade(write_config(Path(directory) / "new.yml", database, {"mysql": {"my": "db"}}), version)
            _write(database, version)


def _upgrade(config: Path, version: str) -> None:
    options = CommandLine().parser.parse_args(
        ["-x", f"config={config}", "-x", "create=YES", "-x", "confirm=YES"]
    )
    command.upgrade(Config(ROOT / "alembic.ini", cmd_opts=options), version)


def _write(database: URL, version: str) -> None:
    path = ROOT / "versions" / version / "structure.json"
    path.parent.mkdir(exist_ok=True)
    with create_engine(database, poolclass=NullPool).connect() as connection:
        path.write_text(json.dumps(structure(connection), indent=1) + "\n")
    print(f"{path.relative_to(ROOT)}: written")  # noqa: T201 - this is a command


if __name__ == "__main__":
    main(sys.argv[1])

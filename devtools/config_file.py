"""The checkout, and configuration files of pg_chameleon 2 for a database of a test or the demo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml
from sqlalchemy import URL

from chameleon_migrations.config.connection_string import quoted

ROOT = Path(__file__).parent.parent
"""The checkout."""

Sources = Mapping[str, Mapping[str, str]]
"""The schema mappings of each new source."""


def write_config(path: Path, url: URL, sources: Sources) -> Path:
    """Write a pg_chameleon 2 configuration for the database at `url` to `path`, and return that."""
    mysql = {
        "host": "127.0.0.1",
        "port": "1",
        "user": "usr_replica",
        "password": "mysql-s3cret",
        "charset": "utf8",
        "connect_timeout": 1,
    }
    content = {
        "pg_conn": {
            "host": quoted(url.host or ""),
            "port": url.port or 5432,
            "user": quoted(url.username or ""),
            "password": quoted(url.password or "none"),
            "database": quoted(url.database or ""),
            "charset": "utf8",
        },
        "sources": {
            name: {"db_conn": mysql, "schema_mappings": dict(mappings), "type": "mysql"}
            for name, mappings in sources.items()
        },
    }
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    path.chmod(0o600)
    return path

"""The example of a configuration file, and what is said of one that is written."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import yaml
from hypothesis import HealthCheck, settings
from psycopg2.extensions import parse_dsn

from chameleon_migrations.config.settings import MySQL, Postgres, Settings, load
from chameleon_migrations.errors import UserError
from devtools.config_file import ROOT

RECORDED = ROOT / "devtools" / "data" / "recorded-1.7" / "upgraded.yml"
SECRET = "Hunter2-Zq9"
PASSWORD = f'"{SECRET}"'
EXAMPLE = RECORDED.read_text("utf-8").replace('"secret"', PASSWORD).rstrip()
QUICK = settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def example() -> Any:
    """Return the example as a tree, to be changed."""
    return yaml.safe_load(EXAMPLE)


def node(tree: Any, *keys: str) -> Any:
    """Return what `keys` lead to in `tree`."""
    for key in keys:
        tree = tree[key]
    return tree


def write(file: Path, content: object) -> Path:
    """Make `content` the whole of `file`: bytes, text, or a tree as JSON, which is YAML."""
    text = content if isinstance(content, bytes | str) else json.dumps(content)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def line_of_refusal(file: Path, content: object = None) -> str:
    """Return what is said of a file that cannot be used: one line that begins with the file."""
    with pytest.raises(UserError) as refused:
        load(write(file, content) if content is not None else file)
    message = str(refused.value)
    assert message.startswith(f"{file}: ")
    assert len(message.splitlines()) == 1
    assert SECRET not in message
    return message


def as_libpq_reads(written: str) -> str | None:
    """Return the one value that libpq reads where pg_chameleon 2 puts `written` into a connection string; None if none."""
    before, after = "port=64999 dbname=d", "connect_timeout=64999"
    found = []
    for string in (f"{before} password={written} {after}", f"{after} password={written} {before}"):
        try:
            found.append(parse_dsn(string))
        except (psycopg2.ProgrammingError, UnicodeError, ValueError):
            return None
    password = found[0].get("password", "")
    others = {"port": "64999", "dbname": "d", "connect_timeout": "64999"}
    return password if all(one == others | {"password": password} for one in found) else None


def says_the_same(read: Settings, tree: Any) -> bool:
    """Tell whether `read` is what PyYAML's own loader makes of the file, and libpq of `pg_conn`, numbers as text."""
    postgres = {
        key: value if key in ("port", "charset") else by_libpq(value)
        for key, value in tree["pg_conn"].items()
    }
    servers: list[tuple[Postgres | MySQL, Any]] = [(read.connection, postgres)]
    servers += [(source.mysql, tree["sources"][source.name]["db_conn"]) for source in read.sources]
    pairs = [(value, said[key]) for server, said in servers for key, value in asdict(server).items()]
    mappings = [(source.name, source.type, dict(source.schema_mappings)) for source in read.sources]
    return all(str(value) == str(said) for value, said in pairs) and mappings == [
        (name, source["type"], source["schema_mappings"]) for name, source in tree["sources"].items()
    ]


def by_libpq(value: Any) -> str:
    """Return `value` as libpq reads it, or unchanged where it cannot."""
    found = as_libpq_reads(str(value))
    return str(value) if found is None else found


REQUIRED = [
    *((key,) for key in ("pg_conn", "sources")),
    *(("pg_conn", key) for key in example()["pg_conn"]),
    *(("sources", "mysql", key) for key in ("type", "db_conn", "schema_mappings")),
    *(("sources", "mysql", "db_conn", key) for key in example()["sources"]["mysql"]["db_conn"]),
]
"""The keys that pg_chameleon 2 needs."""

"""The configuration file of pg_chameleon 2, read into typed objects that nobody changes.

What a file must hold is what pg_chameleon 2.0.21 reads of it without a default of its own. Every mistake is a
`UserError` of one line: file, line, key path, what was found, what is needed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sqlalchemy import URL

from chameleon_migrations.config.entries import Entry, compose, refusal_of, refuse_duplicates
from chameleon_migrations.errors import UserError

# fmt: off
_ROOT_KEYS = (
    "fillfactor", "log_days_keep", "log_dest", "log_dir", "log_level", "pg_conn", "pid_dir", "rollbar_env",
    "rollbar_key", "sources", "type_override",
)
_SOURCE_KEYS = (
    "auto_maintenance", "batch_retention", "copy_max_memory", "copy_mode", "db_conn", "grant_select_to",
    "gtid_enable", "keep_existing_schema", "limit_tables", "lock_timeout", "my_server_id", "net_read_timeout",
    "on_error_read", "on_error_replay", "out_dir", "replay_max_rows", "replica_batch_size", "schema_mappings",
    "skip_events", "skip_tables", "sleep_loop", "type",
)
# fmt: on
_LOGIN_KEYS = ("host", "port", "user", "password", "charset")
_CONNECTION_KEYS = (*_LOGIN_KEYS, "database", "connect_timeout")

_MAX_PORT = 65_535
_MAX_TIMEOUT = 31_536_000
"""Seconds: PyMySQL takes no longer `connect_timeout`."""


@dataclass(frozen=True)
class Postgres:
    """The destination, as `pg_conn` names it; `host` may be the directory of a socket."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    charset: str
    database: str


@dataclass(frozen=True)
class MySQL:
    """A source's server, as its `db_conn` names it, in `pymysql.connect`'s words; timeout in seconds."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    charset: str
    connect_timeout: int


@dataclass(frozen=True)
class Source:
    """A key under `sources`; `schema_mappings` leads from MySQL to destination schemas, in file order."""

    name: str
    type: str
    mysql: MySQL
    schema_mappings: Mapping[str, str]


@dataclass(frozen=True)
class Settings:
    """A configuration file, its sources in file order."""

    path: Path
    connection: Postgres
    sources: tuple[Source, ...]

    @property
    def url(self) -> URL:
        """The destination. Our texts are Unicode: the client's encoding is UTF-8 whatever `charset` says."""
        return URL.create(
            "postgresql+psycopg2",
            username=self.connection.user,
            password=self.connection.password,
            host=self.connection.host,
            port=self.connection.port,
            database=self.connection.database,
            query={"client_encoding": "utf8"},
        )

    @property
    def readable_by_others(self) -> bool:
        """Whether group or others may read the file and its passwords; False where modes mean nothing."""
        return os.name == "posix" and bool(self.path.stat().st_mode & 0o044)


def find(x_argument: str | None = None, environment: str | None = None, ini: str | None = None) -> Path:
    """Return the path of the configuration file; nothing is read.

    The first that is given of ``-x config=``, the variable ``CHAMELEON_CONFIG`` and alembic.ini's
    ``chameleon_config`` counts, else ``default``. A bare name is the file ``NAME.yml`` in pg_chameleon's own
    ``~/.pg_chameleon/configuration``; what holds a slash or ends in ``.yml`` or ``.yaml`` is a path.

    Raises:
        UserError: ``-x config=`` is there but empty (going on would take another database's file), or there
            is no home directory.
    """
    if x_argument == "":
        raise UserError("-x config= is empty; needed: the name or path of a configuration file")
    chosen = x_argument or environment or ini or "default"
    is_path = Path(chosen).name != chosen or chosen.endswith((".yml", ".yaml"))
    path = Path(chosen if is_path else f"~/.pg_chameleon/configuration/{chosen}.yml")
    try:
        return path.expanduser()
    except RuntimeError:
        raise refusal_of(path, "found no such home directory; needed: HOME set, or -x config=PATH") from None


def load(path: Path) -> Settings:
    """Read the configuration file at `path`.

    A key that pg_chameleon does not know is refused as a misspelling where it resembles a known one that is
    absent beside it; any other is the user's own and is ignored, as pg_chameleon ignores it.

    Raises:
        UserError: at the first mistake.
    """
    root = Entry(path, (), compose(path))
    refuse_duplicates(root, set())
    sections = root.section(_ROOT_KEYS, required=("pg_conn", "sources"))
    sources = sections["sources"].mapping().values()
    return Settings(path, _postgres(sections["pg_conn"]), tuple(map(_source, sources)))


def _postgres(entry: Entry) -> Postgres:
    keys = entry.section(_CONNECTION_KEYS, required=(*_LOGIN_KEYS, "database"))
    return Postgres(
        host=keys["host"].text(),
        port=keys["port"].number(_MAX_PORT),
        user=keys["user"].text(),
        password=keys["password"].scalar(),
        charset=keys["charset"].text(),
        database=keys["database"].text(),
    )


def _mysql(entry: Entry) -> MySQL:
    keys = entry.section(_CONNECTION_KEYS, required=(*_LOGIN_KEYS, "connect_timeout"))
    return MySQL(
        host=keys["host"].text(),
        port=keys["port"].number(_MAX_PORT),
        user=keys["user"].text(),
        password=keys["password"].scalar(),
        charset=keys["charset"].text(),
        connect_timeout=keys["connect_timeout"].number(_MAX_TIMEOUT),
    )


def _source(entry: Entry) -> Source:
    _refuse_nested(entry)
    keys = entry.section(_SOURCE_KEYS, required=("type", "db_conn", "schema_mappings"))
    mappings = keys["schema_mappings"].mapping().items()
    return Source(
        name=entry.keys[-1],
        type=keys["type"].name(),
        mysql=_mysql(keys["db_conn"]),
        schema_mappings=MappingProxyType({schema: value.name() for schema, value in mappings}),
    )


def _refuse_nested(source: Entry) -> None:
    """Refuse a source's key that stands under its `db_conn`, where pg_chameleon never looks for it."""
    connection = source.mapping().get("db_conn")
    for key, entry in connection.mapping().items() if connection else ():
        if key in _SOURCE_KEYS:
            raise entry.refusal(f"found under db_conn; needed: directly under {source.place}, beside db_conn")

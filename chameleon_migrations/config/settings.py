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

from chameleon_migrations.config.connection_string import unquoted
from chameleon_migrations.config.entries import Entry, compose, read_text, refusal_of, refuse_duplicates
from chameleon_migrations.config.keys import (
    CONNECTION_KEYS,
    NEEDED_AT_ROOT,
    NEEDED_OF_MYSQL,
    NEEDED_OF_POSTGRES,
    NEEDED_OF_SOURCE,
    ROOT_KEYS,
    SOURCE_KEYS,
)
from chameleon_migrations.config.places import refuse_misplaced, under_connection
from chameleon_migrations.errors import UserError

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
    return parse(path, read_text(path))


def parse(path: Path, text: str) -> Settings:
    """Read `text`, which is or will be the content of the file at `path`, as `load` does."""
    root = compose(path, text)
    refuse_duplicates(root, set())
    refuse_misplaced(root)
    sections = root.section(ROOT_KEYS, required=NEEDED_AT_ROOT)
    sources = sections["sources"].mapping().values()
    return Settings(path, _postgres(sections["pg_conn"]), tuple(map(_source, sources)))


def _postgres(entry: Entry) -> Postgres:
    keys = entry.section(CONNECTION_KEYS, required=NEEDED_OF_POSTGRES)
    return Postgres(
        host=unquoted(keys["host"].text()),
        port=keys["port"].number(_MAX_PORT),
        user=unquoted(keys["user"].text()),
        password=unquoted(keys["password"].scalar()),
        charset=keys["charset"].text(),
        database=unquoted(keys["database"].text()),
    )


def _mysql(entry: Entry) -> MySQL:
    keys = entry.section(CONNECTION_KEYS, required=NEEDED_OF_MYSQL)
    return MySQL(
        host=keys["host"].text(),
        port=keys["port"].number(_MAX_PORT),
        user=keys["user"].text(),
        password=keys["password"].scalar(),
        charset=keys["charset"].text(),
        connect_timeout=keys["connect_timeout"].number(_MAX_TIMEOUT),
    )


def _source(entry: Entry) -> Source:
    nested = under_connection(entry)
    required = tuple(key for key in NEEDED_OF_SOURCE if key not in nested)
    keys = nested | entry.section(SOURCE_KEYS, required)
    mappings = keys["schema_mappings"].mapping().items()
    return Source(
        name=entry.keys[-1],
        type=keys["type"].name(),
        mysql=_mysql(keys["db_conn"]),
        schema_mappings=MappingProxyType({schema: value.name() for schema, value in mappings}),
    )

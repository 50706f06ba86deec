"""The MySQL side, asked before an upgrade: a perfect catalogue is worth nothing if its binlog is gone.

Everything is read with statements that MySQL 5.7, 8.0 and 8.4 and MariaDB share: the binlog files and their sizes come
from ``SHOW BINARY LOGS``, since ``SHOW MASTER STATUS`` is gone from MySQL 8.4 and ``SHOW BINARY LOG STATUS`` new there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

import pymysql
from pymysql.constants import ER
from pymysql.cursors import Cursor

from chameleon_migrations.config import settings

READ_SECONDS = 60
"""How long MySQL may take over one answer, once it is connected."""

_ROW_BASED = {"log_bin": "ON", "binlog_format": "ROW", "binlog_row_image": "FULL"}

_RIGHTS = {
    "REPLICATION SLAVE": ("REPLICATION SLAVE",),
    "REPLICATION CLIENT": ("REPLICATION CLIENT", "BINLOG MONITOR"),
}
"""Right → what ``SHOW GRANTS`` calls it; MariaDB has renamed the second."""

_REFUSED = (ER.ACCESS_DENIED_ERROR, 1698)
"""The second, which PyMySQL has no name for, is an account that takes no password, such as MariaDB's root."""


@dataclass(frozen=True)
class Resume:
    """Where an old source goes on: the `offset` in bytes into the binlog `file` that the next event begins at."""

    source: str
    file: str
    offset: int


@dataclass(frozen=True)
class Table:
    """A registered table: its MySQL schema, its name, and its key's columns in the key's order."""

    schema: str
    name: str
    key: tuple[str, ...]


@dataclass(frozen=True)
class Expected:
    """What the catalogue and the configuration file expect of one MySQL server."""

    schemas: Sequence[str]
    resumes: Sequence[Resume] = ()
    tables: Sequence[Table] = ()


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be: an error stops the upgrade, a warning is shown."""

    is_error: bool
    found: str
    needed: str
    remedy: str

    def __str__(self) -> str:
        """Return the finding as one line."""
        return f"{self.found}; needed: {self.needed}; {self.remedy}"


def ask(source: str, login: settings.MySQL, expected: Expected, *, required: bool = False) -> list[Finding]:
    """Return what is wrong with the server of the new source `source`, errors and warnings; nothing where all is well.

    A server that cannot be reached within the login's ``connect_timeout`` is one warning, which says what stays
    unverified; where it is `required`, that is an error. Nothing is raised for what
    MySQL says or fails to say, and no password is in any finding.
    """
    findings: list[Finding] = []
    try:
        connect(login, login.connect_timeout).close()
        with closing(connect(login, READ_SECONDS)) as connection, connection.cursor() as cursor:
            for finding in _findings(source, cursor, expected):
                findings.append(finding)  # one by one: what was found before an error stays found
    except (pymysql.Error, RuntimeError) as error:
        findings.append(no_answer(source, login, error, required=required))
    return findings


def connect(
    login: settings.MySQL, read_timeout: int | None, charset: str | None = None
) -> pymysql.Connection[Cursor]:
    """Connect; PyMySQL's ``connect_timeout`` ends with TCP's part, and a silent server's greeting is a read.

    Args:
        login: Where, and as whom.
        read_timeout: How long MySQL may take over one answer, in seconds; None for any time.
        charset: That of the session; by default the login's.

    Raises:
        pymysql.Error: MySQL did not let us in, or PyMySQL cannot use the login.
    """
    try:
        return pymysql.connect(
            host=login.host,
            port=login.port,
            user=login.user,
            password=login.password,
            charset=charset or login.charset,
            connect_timeout=login.connect_timeout,
            read_timeout=read_timeout,
        )
    except UnicodeEncodeError:
        # Its text has the password.
        raise pymysql.OperationalError(
            "the host, user or password has characters that cannot be sent"
        ) from None
    except AttributeError:
        raise pymysql.OperationalError(f"PyMySQL knows no charset {charset or login.charset}") from None
    except (ValueError, RuntimeError) as error:
        raise pymysql.OperationalError(f"PyMySQL cannot connect: {error}") from None


def no_answer(source: str, login: settings.MySQL, error: Exception, *, required: bool) -> Finding:
    """Return the finding for the server of `source` that has not let us in as `login`, or that broke off with `error`.

    Args:
        source: The source's name in the configuration file.
        login: Where, and as whom.
        error: What PyMySQL raised.
        required: Whether that is an error.
    """
    at = f"the MySQL of the source {source} at {login.host}, port {login.port},"
    if error.args and error.args[0] in _REFUSED:
        return Finding(
            is_error=True,
            found=f"{at} does not let the user {login.user} in",
            needed="a login that MySQL accepts",
            remedy=f"correct sources.{source}.db_conn, or grant it in MySQL",
        )
    said = " ".join(str(error.args[-1] if error.args else error).split())
    return Finding(
        is_error=required,
        found=f"{at} gave no answer: {said}",
        needed="to know that its binlog files of the resume positions, settings, rights, schemas and keys are there",
        remedy="none of that is verified: check it there, or run this from a host that reaches MySQL",
    )


def _findings(source: str, cursor: Cursor, expected: Expected) -> Iterator[Finding]:
    of_the_server = [*_settings(source, cursor), *_rights(source, cursor)]
    yield from of_the_server
    if not any(finding.is_error for finding in of_the_server):
        yield from _positions(cursor, expected.resumes)
    yield from _schemas(source, cursor, expected.schemas)
    yield from _tables(source, cursor, expected.tables)


def _settings(source: str, cursor: Cursor) -> Iterator[Finding]:
    """Find the settings without which there are no row events with full images to read."""
    cursor.execute("SHOW GLOBAL VARIABLES")
    values = {str(name): str(value) for name, value in cursor.fetchall()}
    for name, needed in _ROW_BASED.items():
        found = values.get(name, needed)
        if found.upper() != needed:
            yield Finding(
                is_error=True,
                found=f"the MySQL of the source {source} has {name} = {found}",
                needed=f"{name} = {needed}",
                remedy="set it in MySQL's configuration; what was written without it has to be copied anew",
            )


def _rights(source: str, cursor: Cursor) -> Iterator[Finding]:
    """Find the rights that the user lacks; one who has roles may have them there, which is a warning."""
    cursor.execute("SHOW GRANTS")
    grants = [str(grant) for (grant,) in cursor.fetchall()]
    everywhere = " ".join(grant for grant in grants if " ON *.* " in grant)
    has_roles = any(" ON " not in grant for grant in grants)
    for right, names in _RIGHTS.items():
        if not any(name in everywhere for name in (*names, "ALL PRIVILEGES")):
            yield Finding(
                is_error=not has_roles,
                found=f"the user of the source {source} has no grant of {right} in MySQL",
                needed=f"{right} ON *.*",
                remedy=f"GRANT {right} ON *.* TO it",
            )


def _positions(cursor: Cursor, resumes: Sequence[Resume]) -> Iterator[Finding]:
    """Find the positions that MySQL cannot send events from."""
    cursor.execute("SHOW BINARY LOGS")
    sizes = {str(file): int(size) for file, size, *_ in cursor.fetchall()}
    for resume in resumes:
        yield from _position(resume, sizes)


def _position(resume: Resume, sizes: Mapping[str, int]) -> Iterator[Finding]:
    where = f"the source {resume.source} goes on at {resume.file}, offset {resume.offset}"
    if resume.file not in sizes:
        found = f"{where}, and MySQL has no such binlog file any more"
    elif resume.offset > sizes[resume.file]:
        found = f"{where}, and that file is only {sizes[resume.file]} bytes long"
    else:
        return
    yield Finding(
        is_error=True,
        found=found,
        needed="a binlog that still holds what was not read yet",
        remedy="run init_replica for that source with 1.8.2, which cannot go on from there either",
    )


def _schemas(source: str, cursor: Cursor, schemas: Sequence[str]) -> Iterator[Finding]:
    cursor.execute("SELECT schema_name FROM information_schema.schemata")
    there = {name for (name,) in cursor.fetchall()}
    for schema in schemas:
        if schema not in there:
            yield Finding(
                is_error=True,
                found=f"the MySQL of the source {source} shows no schema {schema}",
                needed="every schema in schema_mappings, and a user who may read it",
                remedy=f"correct sources.{source}.schema_mappings, or grant SELECT in MySQL",
            )


def _tables(source: str, cursor: Cursor, tables: Sequence[Table]) -> Iterator[Finding]:
    """Find the registered tables that MySQL has dropped, or given another primary key, since they were registered."""
    keys = {schema: _keys(cursor, schema) for schema in {table.schema for table in tables}}
    for table in tables:
        now = keys[table.schema].get(table.name)
        if now != table.key:
            yield Finding(
                is_error=False,
                found=f"{table.schema}.{table.name} of the source {source} {_described(now)} in MySQL",
                needed=f"the primary key that is registered, {_columns(table.key)}",
                remedy="after the upgrade, copy it anew with sync_tables if it is still to be replicated",
            )


def _keys(cursor: Cursor, schema: str) -> dict[str, tuple[str, ...]]:
    """Return table → columns of its primary key, none where it has no such key, for all tables of `schema`."""
    cursor.execute(
        """SELECT tab.table_name, idx.column_name
           FROM information_schema.tables tab
           LEFT JOIN information_schema.statistics idx
               ON idx.table_schema = tab.table_schema AND idx.table_name = tab.table_name AND idx.index_name = 'PRIMARY'
           WHERE tab.table_schema = %s AND tab.table_type = 'BASE TABLE'
           ORDER BY tab.table_name, idx.seq_in_index""",
        (schema,),
    )
    keys: dict[str, tuple[str, ...]] = {}
    for table, column in cursor.fetchall():
        keys[table] = (*keys.get(table, ()), *([] if column is None else [column]))
    return keys


def _described(key: tuple[str, ...] | None) -> str:
    if key is None:
        return "is not there"
    return f"has the primary key {_columns(key)}" if key else "has no primary key"


def _columns(key: tuple[str, ...]) -> str:
    return ", ".join(key)

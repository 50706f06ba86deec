"""The content of pg_chameleon 2's configuration file, made from the files of 1.8.2."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from chameleon_migrations.config import carried
from chameleon_migrations.config.connection_string import quoted
from chameleon_migrations.config.old_files import OldFile
from chameleon_migrations.errors import UserError

_NEW = {
    "replay_max_rows": 10000,
    "on_error_replay": "continue",
    "on_error_read": "continue",
    "auto_maintenance": "disabled",
    "gtid_enable": False,
    "keep_existing_schema": False,
    "lock_timeout": "120s",
    "skip_tables": [],
    "grant_select_to": [],
}
"""What pg_chameleon 2 needs and 1.8.2 does not know."""

_TRANSLATED = {
    "my_database", "dest_schema", "destination_schema", "source_name", "mysql_conn", "pg_conn", "pg_database",
    "my_charset", "pg_charset", "tables_limit", "type_override", *carried.LOG,
}  # fmt: skip
_MYSQL_CONN = {"host", "port", "user", "passwd"}
_PG_CONN = ("host", "port", "user", "password")

_PORT = "3306"
"""The port that 1.8.2 connects to, whatever its file says."""

Pair = tuple[str, str, str]
"""A MySQL server, a schema there, and the destination schema."""


def translate(old: Sequence[OldFile]) -> dict[str, Any]:
    """Return the content of the new file: a source for each MySQL server, with the mappings of all that read it.

    Of a MySQL schema that goes into several destinations each has a source, as a source maps a schema once. Where old
    files say different things of what the new one says once, the first of them counts; `notes` lists it.

    Raises:
        UserError: A new file cannot say what the old ones say, or a value is missing.
    """
    _refuse_several_databases(old)
    _refuse_shared_destinations(old)
    sources = _by_source(old)
    identifiers = _server_ids(sources)
    return {
        **carried.values(old[0], carried.GLOBAL),
        **carried.LOG,
        "rollbar_key": "",
        "rollbar_env": "",
        "type_override": _type_overrides(old),
        "pg_conn": _destination(old[0]),
        "sources": {
            name: _source(files) | {"my_server_id": identifiers[name]} for name, files in sources.items()
        },
    }


def pairs(old: Sequence[OldFile]) -> list[Pair]:
    """Return what the old files replicate, in order."""
    return sorted((file.server, file.schema, file.destination) for file in old)


def _database(file: OldFile) -> tuple[str, ...]:
    return (*map(file.destination_login, ("host", "port")), file.get("pg_database"))


def _refuse_several_databases(old: Sequence[OldFile]) -> None:
    if len({_database(file) for file in old}) > 1:
        found = ", ".join(f"{file.path.name} -> {':'.join(_database(file))}" for file in old)
        raise UserError(
            f"the old files replicate into different databases ({found}); needed: the files of one, named after 'configure'"
        )


def _refuse_shared_destinations(old: Sequence[OldFile]) -> None:
    """Refuse two files of one destination, be the one a forgotten copy of the other: which of them counts is not known."""
    for destination, count in Counter(file.destination for file in old).items():
        if count > 1:
            found = ", ".join(str(file.path) for file in old if file.destination == destination)
            raise UserError(
                f"several old files replicate into the schema {destination} ({found}); needed: one file for each "
                "destination schema: name the files after 'configure'"
            )


def _by_source(old: Sequence[OldFile]) -> dict[str, list[OldFile]]:
    """Return the old files of each new source, by its name."""
    sources: list[list[OldFile]] = []
    for file in sorted(old, key=lambda file: file.server):
        for files in sources:
            if files[0].server == file.server and file.schema not in {one.schema for one in files}:
                files.append(file)
                break
        else:
            sources.append([file])
    return {"mysql" if number == 1 else f"mysql_{number}": files for number, files in enumerate(sources, 1)}


def _server_ids(sources: Mapping[str, Sequence[OldFile]]) -> dict[str, int]:
    """Return an own number for each source: MySQL ends the connection of a replica whose number another one has.

    Sources of different hosts have different ones too, as one server can have several names.
    """
    key = carried.PER_SOURCE["my_server_id"]
    wanted = {name: key.value(files[0].content.get("my_server_id")) for name, files in sources.items()}
    taken: dict[str, int] = {}
    for name, number in wanted.items():
        used = set(taken.values()) | (set(wanted.values()) - {number})
        numbers = chain(range(number, carried.MAX_SERVER_ID + 1), range(1, number))
        taken[name] = next(one for one in numbers if one not in used)
    return taken


def _destination(file: OldFile) -> dict[str, str]:
    return {
        **{key: quoted(file.destination_login(key)) for key in _PG_CONN},
        "database": quoted(file.get("pg_database")),
        "charset": file.get("pg_charset"),
    }


def _source(files: Sequence[OldFile]) -> dict[str, Any]:
    first = files[0]
    return {
        "type": "mysql",
        "db_conn": {
            "host": first.server,
            "port": _PORT,
            "user": first.get("mysql_conn", "user"),
            "password": first.get("mysql_conn", "passwd"),
            "charset": first.get("my_charset"),
            "connect_timeout": 10,
        },
        "schema_mappings": {file.schema: file.destination for file in files},
        "limit_tables": [f"{file.schema}.{table}" for file in files for table in file.tables],
        **carried.values(first, carried.PER_SOURCE),
        **_NEW,
    }


def _type_overrides(old: Sequence[OldFile]) -> dict[str, Any]:
    """Return the overrides of all files.

    Where 1.8.2 names a table, 2.0 names its schema too: the MySQL schema when it copies a table, the destination when
    it replays DDL, so both are written. ``*`` means all tables in the first place only, to 1.8.2 as well. 2.0 fails on an
    override without a table, which 1.8.2 ignores.
    """
    merged: dict[str, Any] = {}
    for file in old:
        for kind, override_to, tables in file.type_overrides:
            if not tables:
                continue
            known = merged.setdefault(kind, {"override_to": override_to, "override_tables": []})
            if known["override_to"] != override_to:
                raise file.refusal(
                    f"type_override.{kind}",
                    "another old file overrides the type with another one, and pg_chameleon 2 has one for all sources; "
                    "make them equal, or name the files of one after 'configure'",
                )
            known["override_tables"] += _override_tables(file, tables)
    for override in merged.values():
        names = dict.fromkeys(override["override_tables"])
        override["override_tables"] = sorted(names, key="*".__ne__)
    return merged


def _override_tables(file: OldFile, tables: Sequence[str]) -> list[str]:
    everything = ["*"] if tables[0] == "*" else []
    named = [table for table in tables if table != "*"]
    return everything + [f"{schema}.{table}" for table in named for schema in (file.destination, file.schema)]


def notes(old: Sequence[OldFile]) -> Iterator[str]:
    """Yield a line, without a value that could be secret, for whatever the new file says otherwise than the old ones."""
    for file in old:
        yield from _without_counterpart(file)
        yield from carried.log_notes(file)
        yield from _wider_overrides(file, old)
    yield from _quoted(old[0])
    yield from carried.notes(old[0], carried.GLOBAL)
    yield from _differences(old, ["pg_conn", "pg_charset", *carried.GLOBAL])
    sources = _by_source(old)
    for files in sources.values():
        yield from carried.notes(files[0], carried.PER_SOURCE)
        yield from _differences(files, ["mysql_conn", "my_charset", *carried.PER_SOURCE])
    yield from _about_sources(sources)
    yield from _new_server_ids(sources)


def _without_counterpart(file: OldFile) -> Iterator[str]:
    name = file.path.name
    for key in _others(file.content, _TRANSLATED | carried.GLOBAL.keys() | carried.PER_SOURCE.keys()):
        yield f"{name}: {key} has no counterpart in pg_chameleon 2"
    for section, known in (("mysql_conn", _MYSQL_CONN), ("pg_conn", set(_PG_CONN))):
        for key in _others(file.section(section), known):
            yield f"{name}: {section}.{key} has no counterpart in pg_chameleon 2"
    if str(file.section("mysql_conn").get("port", _PORT)) != _PORT:
        yield f"{name}: mysql_conn.port is written as {_PORT}, which 1.8.2 connects to whatever its file says"


def _others(section: Mapping[Any, Any], known: set[str]) -> list[str]:
    return sorted(str(key) for key in section if key not in known)


def _wider_overrides(file: OldFile, old: Sequence[OldFile]) -> Iterator[str]:
    """Yield a line for each type that `file` overrides everywhere, and another file not."""
    for kind, _, tables in file.type_overrides:
        for other in old if tables[:1] == ["*"] else ():
            if not any(one == kind and names[:1] == ["*"] for one, _, names in other.type_overrides):
                yield (
                    f"{other.path.name}: type_override.{kind} is for every table, as {file.path.name} says: "
                    "pg_chameleon 2 has one for all sources"
                )


def _quoted(file: OldFile) -> Iterator[str]:
    values = {f"pg_conn.{key}": file.destination_login(key) for key in _PG_CONN}
    for key, value in (values | {"pg_database": file.get("pg_database")}).items():
        if quoted(value) != value:
            yield (
                f"{file.path.name}: {key} is written with quotes of its own: pg_chameleon 2 puts it into a connection string"
            )


def _about_sources(sources: Mapping[str, Sequence[OldFile]]) -> Iterator[str]:
    """Yield a line for each source that another one of its server could not take in."""
    for name, files in sources.items():
        first = next(one for one, others in sources.items() if others[0].server == files[0].server)
        found = ", ".join(f"{file.schema} -> {file.destination}" for file in files)
        if first != name:
            yield f"sources.{name}: {found} has a source of its own, as sources.{first} maps a schema once: start both"


def _new_server_ids(sources: Mapping[str, Sequence[OldFile]]) -> Iterator[str]:
    key = carried.PER_SOURCE["my_server_id"]
    for name, number in _server_ids(sources).items():
        file = sources[name][0]
        if number != key.value(file.content.get("my_server_id")):
            yield (
                f"sources.{name}: my_server_id is written as {number}, as another source has that of {file.path.name}; "
                "no other replica of its MySQL server may have it"
            )


def _differences(files: Sequence[OldFile], keys: Sequence[str]) -> Iterator[str]:
    first = files[0]
    for file in files:
        for key in keys:
            if _plain(file.content.get(key)) != _plain(first.content.get(key)):
                yield f"{file.path.name}: {key} differs from that of {first.path.name}, which is written"


def _plain(value: Any) -> Any:
    """Return `value` so that a number equals its text."""
    return {key: str(one) for key, one in value.items()} if isinstance(value, Mapping) else str(value)

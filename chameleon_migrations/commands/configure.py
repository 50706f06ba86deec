"""The command ``configure``: pg_chameleon 2's configuration file, written from those of 1.8.2."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

from chameleon_migrations.config import old_files, settings
from chameleon_migrations.config.old_files import OldFile
from chameleon_migrations.errors import UserError

_GLOBAL = {
    "pid_dir": "~/.pg_chameleon/pid/",
    "log_dir": "~/.pg_chameleon/logs/",
    "log_dest": "file",
    "log_level": "info",
    "log_days_keep": 10,
}
_PER_SOURCE = {
    "my_server_id": 100,
    "replica_batch_size": 10000,
    "batch_retention": "1 day",
    "copy_max_memory": "300M",
    "copy_mode": "file",
    "out_dir": "/tmp",  # noqa: S108 - where pg_chameleon writes its copies by default
    "sleep_loop": 1,
}
"""What both versions know by one name, with what is written where the old file does not say."""

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
    "my_charset", "pg_charset", "tables_limit", "type_override",
}  # fmt: skip
_MYSQL_CONN = {"host", "port", "user", "passwd"}
_PG_CONN = {"host", "port", "user", "password"}

_PORT = 3306
"""The port that 1.8.2 connects to, whatever its file says."""


def run(config: Config, files: Sequence[str], *, to_stdout: bool) -> None:
    """Write the new configuration file, and say what of the old ones has no counterpart in it.

    Args:
        config: Alembic's configuration; its ``-x config=`` names the file to write.
        files: Paths of old files; without any, all of ``~/.pg_chameleon/config``.
        to_stdout: Print the file, with the passwords that it holds, instead of writing it.

    Raises:
        UserError: The old files do not fit into one new file, or the new one is there already.
    """
    old = old_files.read(files)
    content = yaml.safe_dump(new_file(old), allow_unicode=True, sort_keys=False)
    if to_stdout:
        config.stdout.write(content)
        return
    path = _target(config)
    _write(path, content)
    settings.load(path)
    config.print_stdout("%s: written from %s", path, ", ".join(str(file.path) for file in old))
    for note in notes(old):
        config.print_stdout("  %s", note)


def _target(config: Config) -> Path:
    options = EnvironmentContext(config, ScriptDirectory.from_config(config)).get_x_argument(
        as_dictionary=True
    )
    return settings.find(
        options.get("config"), os.environ.get("CHAMELEON_CONFIG"), config.get_main_option("chameleon_config")
    )


def _write(path: Path, content: str) -> None:
    """Create the file, for its owner alone."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(
            os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(content)
    except FileExistsError:
        raise UserError(
            f"{path} is there already and was not changed: name another with --config, or print with --stdout"
        ) from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; needed: a place for the new configuration file") from None


def new_file(old: Sequence[OldFile]) -> dict[str, Any]:
    """Return the content of the new file: a source for each MySQL server, with the mappings of all that read it.

    Where old files say different things of what the new one says once, the first of them counts; `notes` lists it.

    Raises:
        UserError: The old files replicate into different databases, or a value is missing.
    """
    _refuse_several_destinations(old)
    first = old[0]
    return {
        **{key: first.content.get(key, default) for key, default in _GLOBAL.items()},
        "rollbar_key": "",
        "rollbar_env": "",
        "type_override": _type_overrides(old),
        "pg_conn": {
            **{key: str(first.get("pg_conn", key)) for key in ("host", "port", "user", "password")},
            "database": str(first.get("pg_database")),
            "charset": str(first.get("pg_charset")),
        },
        "sources": {
            "mysql" if number == 1 else f"mysql_{number}": _source(files)
            for number, files in enumerate(_by_server(old), start=1)
        },
    }


def _refuse_several_destinations(old: Sequence[OldFile]) -> None:
    places = [
        (*(str(file.get("pg_conn", key)) for key in ("host", "port")), str(file.get("pg_database")))
        for file in old
    ]
    if len(set(places)) > 1:
        found = ", ".join(
            f"{file.path.name} -> {':'.join(place)}" for file, place in zip(old, places, strict=True)
        )
        raise UserError(
            f"the old files replicate into different databases ({found}); needed: the files of one, named after 'configure'"
        )


def _by_server(old: Sequence[OldFile]) -> list[list[OldFile]]:
    def server(file: OldFile) -> str:
        return str(file.get("mysql_conn", "host"))

    return [list(files) for _, files in groupby(sorted(old, key=server), key=server)]


def _source(files: Sequence[OldFile]) -> dict[str, Any]:
    first = files[0]
    return {
        "type": "mysql",
        "db_conn": {
            "host": str(first.get("mysql_conn", "host")),
            "port": str(_PORT),
            "user": str(first.get("mysql_conn", "user")),
            "password": str(first.get("mysql_conn", "passwd")),
            "charset": str(first.get("my_charset")),
            "connect_timeout": 10,
        },
        "schema_mappings": {file.schema: file.destination for file in files},
        "limit_tables": [
            f"{file.schema}.{table}" for file in files for table in file.content.get("tables_limit") or ()
        ],
        **{key: first.content.get(key, default) for key, default in _PER_SOURCE.items()},
        **_NEW,
    }


def _type_overrides(old: Sequence[OldFile]) -> dict[str, Any]:
    """Return the overrides of all files, where 1.8.2 names a table and 2.0 the destination schema too."""
    merged: dict[str, Any] = {}
    for file in old:
        for kind, override_to, tables in file.type_overrides:
            known = merged.setdefault(kind, {"override_to": override_to, "override_tables": []})[
                "override_tables"
            ]
            named = (table if table == "*" else f"{file.destination}.{table}" for table in tables)
            known += [table for table in named if table not in known]
            known.sort(key="*".__ne__)  # 2.0 knows it in the first place only
    return merged


def notes(old: Sequence[OldFile]) -> Iterator[str]:
    """Yield a line, without a value that could be secret, for whatever of the old files is not in the new one."""
    for file in old:
        name = file.path.name
        for key in sorted(file.content.keys() - _TRANSLATED - _GLOBAL.keys() - _PER_SOURCE.keys()):
            yield f"{name}: {key} has no counterpart in pg_chameleon 2"
        for section, known in (("mysql_conn", _MYSQL_CONN), ("pg_conn", _PG_CONN)):
            for key in sorted(file.content[section].keys() - known):
                yield f"{name}: {section}.{key} has no counterpart in pg_chameleon 2"
        if str(file.content["mysql_conn"].get("port", _PORT)) != str(_PORT):
            yield f"{name}: mysql_conn.port is written as {_PORT}, which 1.8.2 connects to whatever its file says"
    yield from _differences(old, old[0], ["pg_conn", "pg_charset", "type_override", *_GLOBAL])
    for files in _by_server(old):
        yield from _differences(files, files[0], ["mysql_conn", "my_charset", *_PER_SOURCE])


def _differences(files: Sequence[OldFile], first: OldFile, keys: Sequence[str]) -> Iterator[str]:
    for file in files:
        for key in keys:
            if _plain(file.content.get(key)) != _plain(first.content.get(key)):
                yield f"{file.path.name}: {key} differs from that of {first.path.name}, which is written"


def _plain(value: Any) -> Any:
    """Return `value` so that a number equals its text."""
    return {key: str(one) for key, one in value.items()} if isinstance(value, Mapping) else str(value)

"""The configuration files of pg_chameleon 1.8.2: one for each source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chameleon_migrations.config.keys import OLD_KEYS
from chameleon_migrations.errors import UserError

_DIRECTORY = "~/.pg_chameleon/config"
_EXAMPLE = "config-example.yaml"
"""What 1.8.2 copies there itself."""

_LIBPQ = {"host": "", "port": "5432", "user": "", "password": ""}
"""What libpq takes where `pg_conn` does not say; an empty one leaves it to libpq."""


@dataclass(frozen=True)
class OldFile:
    """A file's content. The destination schema goes by either of its two names; 1.8.2 itself knows ``dest_schema``."""

    path: Path
    content: Mapping[str, Any]

    def refusal(self, key: str, problem: str) -> UserError:
        """Return the error that names the file and the path of keys `key`."""
        return UserError(f"{self.path}: {key}: {problem}")

    def section(self, key: str) -> Mapping[Any, Any]:
        """Return the mapping under `key`.

        Raises:
            UserError: There is none.
        """
        found = self.content.get(key)
        if not isinstance(found, Mapping):
            raise self.refusal(key, "found no mapping; pg_chameleon 1.8.2 needs one: add it, then run again")
        return found

    def get(self, *keys: str) -> str:
        """Return the value at the path `keys` as text, which may be empty for a password only.

        Raises:
            UserError: There is no such value, or a list or a mapping.
        """
        value: Any = self.content
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if isinstance(value, list | set | tuple):
            raise self.refusal(".".join(keys), "found a list; needed: text")
        if value is None or isinstance(value, Mapping) or (value == "" and "pass" not in keys[-1]):
            raise self.refusal(
                ".".join(keys), "found no value; pg_chameleon 1.8.2 needs it: add it, then run again"
            )
        return str(value)

    def destination_login(self, key: str) -> str:
        """Return the value of `key` in `pg_conn`, or what libpq takes where it is not there."""
        return self.get("pg_conn", key) if key in self.section("pg_conn") else _LIBPQ[key]

    @property
    def schema(self) -> str:
        """The MySQL schema."""
        return self._schema_name("my_database")

    @property
    def destination(self) -> str:
        """The schema that it is replicated into."""
        return self._schema_name("dest_schema" if "dest_schema" in self.content else "destination_schema")

    def _schema_name(self, key: str) -> str:
        name = self.get(key)
        if not isinstance(self.content[key], str | int) or isinstance(self.content[key], bool):
            raise self.refusal(key, "found something else than text; needed: a name, in quotes")
        return name

    @property
    def server(self) -> str:
        """The MySQL server; 1.8.2 connects to port 3306 whatever its file says."""
        return self.get("mysql_conn", "host")

    @property
    def tables(self) -> list[str]:
        """The tables that the replica is limited to; none is no limit.

        Raises:
            UserError: They are no list of names, or 2.0 could not read one of them.
        """
        limit = self.content.get("tables_limit") or []
        if not isinstance(limit, list) or not all(isinstance(table, str | int) for table in limit):
            raise self.refusal("tables_limit", "found something else; needed: a list of tables' names")
        for name in [self.schema, *map(str, limit)] if limit else ():
            if "." in name:
                raise self.refusal(
                    "tables_limit",
                    f"pg_chameleon 2 reads a limit as SCHEMA.TABLE and cuts it at each dot, also the one in {name!r}; "
                    "rename it in MySQL, or do without the limit",
                )
        return [str(table) for table in limit]

    @property
    def type_overrides(self) -> Iterator[tuple[str, str, list[str]]]:
        """MySQL's type, that of PostgreSQL, and the tables of it, of which ``*`` as the first means all.

        Raises:
            UserError: They are not written as 1.8.2 reads them.
        """
        try:
            for kind, override in dict(self.content.get("type_override") or {}).items():
                tables = override["override_tables"]
                if not isinstance(tables, list):
                    raise TypeError  # noqa: TRY301 - one refusal for whatever it is
                yield str(kind), str(override["override_to"]), [str(table) for table in tables]
        except (TypeError, ValueError, KeyError):
            raise self.refusal(
                "type_override",
                "found something else; needed: each type with override_to and override_tables",
            ) from None


def read(paths: Sequence[str]) -> list[OldFile]:
    """Return the files at `paths`, or those of 1.8.2's own directory where none is named.

    Raises:
        UserError: There is no file, or one is unreadable, no YAML mapping, or not one of 1.8.2.
    """
    directory = Path(_DIRECTORY).expanduser()
    found = [Path(path) for path in paths] or sorted(set(directory.glob("*.yaml")) - {directory / _EXAMPLE})
    if not found:
        raise UserError(
            f"{directory}: found no *.yaml; needed: the files of pg_chameleon 1.8.2: name them, then run again"
        )
    return [_checked(OldFile(path, _read(path))) for path in found]


_NEEDED = "needed: a configuration file of pg_chameleon 1.8.2"


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; {_NEEDED}") from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
        # What the error quotes of the file can be a secret.
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark else ""
        raise UserError(f"{path}: found no YAML{place}; {_NEEDED}") from None
    if not isinstance(content, Mapping):
        raise UserError(f"{path}: found no mapping; {_NEEDED}")
    if "sources" in content and not OLD_KEYS & content.keys():
        raise UserError(f"{path}: found a configuration file of pg_chameleon 2; {_NEEDED}")
    return content


def _checked(file: OldFile) -> OldFile:
    """Return `file`, which has every value without which 1.8.2 could not connect."""
    for key in ("host", "user", "passwd"):
        file.get("mysql_conn", key)
    for key in ("my_database", "my_charset", "pg_database", "pg_charset"):
        file.get(key)
    for key in _LIBPQ:
        file.destination_login(key)
    return file

"""The configuration files of pg_chameleon 1.8.2: one for each source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from chameleon_migrations.errors import UserError

_DIRECTORY = "~/.pg_chameleon/config"
_EXAMPLE = "config-example.yaml"
"""What 1.8.2 copies there itself."""

_NEEDED = (
    ("my_database",),
    *(("mysql_conn", key) for key in ("host", "user", "passwd")),
    ("my_charset",),
    *(("pg_conn", key) for key in ("host", "port", "user", "password")),
    ("pg_database",),
    ("pg_charset",),
)
"""The paths of keys without which 1.8.2 could not connect."""


@dataclass(frozen=True)
class OldFile:
    """A file's content. The destination schema goes by either of its two names; 1.8.2 itself knows ``dest_schema``."""

    path: Path
    content: Mapping[str, Any]

    def get(self, *keys: str) -> Any:
        """Return the value at the path `keys`.

        Raises:
            UserError: There is none.
        """
        value: Any = self.content
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None or isinstance(value, Mapping):
            raise UserError(
                f"{self.path}: {'.'.join(keys)}: found no value; pg_chameleon 1.8.2 needs it: add it, then run again"
            )
        return value

    @property
    def schema(self) -> str:
        """The MySQL schema."""
        return str(self.get("my_database"))

    @property
    def destination(self) -> str:
        """The schema that it is replicated into."""
        return str(self.get("dest_schema" if "dest_schema" in self.content else "destination_schema"))

    @property
    def type_overrides(self) -> Iterator[tuple[str, str, list[str]]]:
        """MySQL's type, that of PostgreSQL, and the tables of it, of which ``*`` means all.

        Raises:
            UserError: They are not written as 1.8.2 reads them.
        """
        try:
            for kind, override in dict(self.content.get("type_override") or {}).items():
                yield (
                    str(kind),
                    str(override["override_to"]),
                    [str(table) for table in override["override_tables"]],
                )
        except (TypeError, ValueError, KeyError):
            raise UserError(
                f"{self.path}: type_override: found something else; needed: each type with override_to and override_tables"
            ) from None


def read(paths: Sequence[str]) -> list[OldFile]:
    """Return the files at `paths`, or those of 1.8.2's own directory where none is named.

    Raises:
        UserError: There is no file, or one is unreadable or no YAML mapping.
    """
    directory = Path(_DIRECTORY).expanduser()
    found = [Path(path) for path in paths] or sorted(set(directory.glob("*.yaml")) - {directory / _EXAMPLE})
    if not found:
        raise UserError(
            f"{directory}: found no *.yaml; needed: the files of pg_chameleon 1.8.2: name them, then run again"
        )
    return [_read(path) for path in found]


def _read(path: Path) -> OldFile:
    needed = "needed: a configuration file of pg_chameleon 1.8.2"
    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; {needed}") from None
    except (yaml.YAMLError, ValueError) as error:
        # What the error quotes of the file can be a secret.
        mark = getattr(error, "problem_mark", None)
        place = f" at line {mark.line + 1}" if mark else ""
        raise UserError(f"{path}: found no YAML{place}; {needed}") from None
    if not isinstance(content, Mapping):
        raise UserError(f"{path}: found no mapping; {needed}")
    file = OldFile(path, content)
    for keys in _NEEDED:
        file.get(*keys)
    return file

"""Keys that 1.8.2 and 2.0 share by name, and which of their values 2.0 can work with."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from chameleon_migrations.config.old_files import OldFile

MAX_SERVER_ID = 2**32 - 1


def _whole(lowest: int, highest: int = 2**31 - 1) -> Callable[[Any], int | None]:
    """Return what reads a whole number from `lowest` to `highest`: 2.0 counts with it, and compares no text."""

    def read(value: Any) -> int | None:
        digits = re.fullmatch(r"[0-9]{1,10}", str(value))
        return int(value) if digits and lowest <= int(value) <= highest else None

    return read


def _seconds(value: Any) -> float | None:
    """Return what 2.0 can sleep and make a heartbeat of: more than nothing."""
    digits = re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", str(value))
    seconds = float(value) if digits else 0.0
    return (int(seconds) if seconds.is_integer() else seconds) if seconds else None


def _text(pattern: str) -> Callable[[Any], str | None]:
    return lambda value: value if isinstance(value, str) and re.fullmatch(pattern, value) else None


def _size(value: Any) -> str | int | None:
    return value if re.fullmatch(r"[1-9][0-9]{0,17}[kMG]?", str(value)) else None


def _log_directory(value: Any) -> str | None:
    """Return the directory in which 1.8.2 creates its logs: it puts the log's name right after the value."""
    if _from_home(value) is None:
        return None
    return value if value.endswith("/") else f"{str(PurePosixPath(value).parent).rstrip('/')}/"


_absolute = _text(r"/[^\0]*")
_from_home = _text(r"(?:/|~[^/\0]*/)[^\0]*")
"""2.0 leaves its working directory when it goes into the background: a relative path would lead elsewhere."""


@dataclass(frozen=True)
class Key:
    """A key that both versions know.

    Attributes:
        default: What is written where an old file does not say.
        read: Returns the value for 2.0 of one in an old file; None where 2.0 cannot work with it.
        needed: What 2.0 can work with.
    """

    default: Any
    read: Callable[[Any], Any]
    needed: str

    def value(self, written: Any) -> Any:
        """Return the value for 2.0 of what is `written` in an old file."""
        read = self.read(written)
        return self.default if read is None else read


GLOBAL: Mapping[str, Key] = {
    "pid_dir": Key("~/.pg_chameleon/pid/", _from_home, "an absolute path"),
    "log_dir": Key("~/.pg_chameleon/logs/", _log_directory, "an absolute path"),
    "log_days_keep": Key(10, _whole(0), "a whole number"),
}
PER_SOURCE: Mapping[str, Key] = {
    "my_server_id": Key(100, _whole(1, MAX_SERVER_ID), f"a whole number from 1 to {MAX_SERVER_ID}"),
    "replica_batch_size": Key(10000, _whole(1), "a whole number from 1"),
    "batch_retention": Key("1 day", _text(r".*[0-9].*"), "an interval of PostgreSQL, in quotes"),
    "copy_max_memory": Key("300M", _size, "a size, such as 300M"),
    "copy_mode": Key("file", _text("file|direct"), "file or direct"),
    "out_dir": Key("/tmp", _absolute, "an absolute path"),  # noqa: S108 - where pg_chameleon writes its copies by default
    "sleep_loop": Key(1, _seconds, "more than 0 seconds"),
}

LOG = {"log_dest": "file", "log_level": "info"}
"""Written whatever the old files say: with ``stdout`` 2.0's replica stays in the foreground, ``debug`` fills the disk."""


def values(file: OldFile, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Return the values for 2.0 of `keys` in `file`."""
    return {key: one.value(file.content.get(key)) for key, one in keys.items()}


def notes(file: OldFile, keys: Mapping[str, Key]) -> Iterator[str]:
    """Yield a line for each of `keys` whose value in `file` is not the one for 2.0."""
    for key, one in keys.items():
        if key not in file.content:
            continue
        written, value = file.content[key], one.value(file.content[key])
        if one.read(written) is None:
            yield f"{file.path.name}: {key} is written as {value}: pg_chameleon 2 needs {one.needed}"
        elif key == "log_dir" and written != value:
            yield f"{file.path.name}: {key} is written as {value}, the directory in which 1.8.2 has its logs"


def log_notes(file: OldFile) -> Iterator[str]:
    """Yield a line for each of `LOG` that differs from what `file` says, with what 2.0 would make of that."""
    reasons = {
        "log_dest": "pg_chameleon 2 stays in the foreground with stdout",
        "log_level": "pg_chameleon 2 logs several lines a second with debug",
    }
    for key, value in LOG.items():
        if file.content.get(key, value) != value:
            yield f"{file.path.name}: {key} is written as {value}: {reasons[key]}"

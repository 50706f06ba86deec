"""The ``-x`` options: which there are, and what they take."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from chameleon_migrations.errors import UserError

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        "config": "the configuration file of pg_chameleon 2: a name in ~/.pg_chameleon/configuration or a path",
        "confirm": "YES answers the question beforehand",
        "create": "YES creates an empty catalogue where there is none",
        "mysql": "ask the MySQL servers, require their answers, or skip them: ask, require, skip; default: ask",
        "wait": "seconds to wait for another run to end; default: 5",
        "lock_timeout": "seconds that an attempt waits for a lock on the catalogue; default: 0.5",
        "lock_attempts": "how often a lock on the catalogue is tried; default: 6",
    }
)
"""Each option's name, and what it means."""

VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"confirm": ("YES",), "create": ("YES",), "mysql": ("ask", "require", "skip")}
)
"""The values of the options that take no others."""


def check_options(options: Mapping[str, str], own: Iterable[str] = ()) -> None:
    """Refuse an option that does not exist, or that has no such value: it may be a misspelt protection.

    Args:
        options: The ``-x`` options by name.
        own: The names that a project of the user's own reads.

    Raises:
        UserError: It names the option, and what it resembles.
    """
    known = [*OPTIONS, *own]
    for name, value in options.items():
        if name not in known:
            alike = difflib.get_close_matches(name.lower(), known, n=1)
            meant = f"did you mean {alike[0]}?" if alike else f"known are {', '.join(known)};"
            raise UserError(f"-x {name}: found no such option; {meant} nothing was changed")
        if name in VALUES and value not in VALUES[name]:
            raise UserError(f"-x {name}={value}: expected {' or '.join(VALUES[name])}; nothing was changed")

"""How long to wait for others, as ``-x`` options say it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from chameleon_migrations.errors import UserError

_NUMBER = re.compile(r"\d{1,5}(\.\d{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Timeouts:
    """How long to wait for others.

    Attributes:
        wait: Seconds to wait for another run of chameleon-migrations to end.
        lock_timeout: Seconds that one attempt waits for a lock on the catalogue. By default it is less than PostgreSQL's
            ``deadlock_timeout`` of a second, so that a deadlock undoes our attempt and not a client's transaction.
        lock_attempts: How often to try, with growing pauses between.
    """

    wait: float = 5
    lock_timeout: float = 0.5
    lock_attempts: int = 6

    def pauses(self) -> Iterator[float]:
        """Yield the seconds to pause before each attempt: none before the first, then half a second, doubled each time."""
        yield 0
        for attempt in range(self.lock_attempts - 1):
            yield 0.5 * 2**attempt


def read_timeouts(options: Mapping[str, str]) -> Timeouts:
    """Return what the ``-x`` `options` say, and the defaults for the rest.

    Raises:
        UserError: An option is no number, or out of range.
    """
    return Timeouts(
        wait=_number(options, "wait", Timeouts.wait, lowest=0, highest=86_400),
        lock_timeout=_number(options, "lock_timeout", Timeouts.lock_timeout, lowest=0.001, highest=86_400),
        lock_attempts=int(_number(options, "lock_attempts", Timeouts.lock_attempts, lowest=1, highest=15)),
    )


def _number(options: Mapping[str, str], name: str, default: float, *, lowest: float, highest: float) -> float:
    value = options.get(name, str(default))
    if not _NUMBER.fullmatch(value) or not lowest <= float(value) <= highest:
        raise UserError(f"-x {name}={value}: expected a number from {lowest} to {highest}")
    return float(value)

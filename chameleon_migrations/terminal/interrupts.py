"""What Ctrl-C comes to: one line and an exit status, where Python would print a traceback."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

EXIT_STATUS = 130
"""128 and the number of SIGINT, as a shell reports a command that was interrupted."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Turn Ctrl-C in what runs inside into one line on standard error and `EXIT_STATUS`.

    What was interrupted is undone as if the process had been killed: its transaction never commits.

    Raises:
        SystemExit: The user pressed Ctrl-C.
    """
    try:
        yield
    except KeyboardInterrupt:
        sys.stderr.write(
            "\nINTERRUPTED: what was under way is undone, what was finished stays, and the catalogue is whole: "
            "'chameleon-migrations current' says its version; run the command again to go on\n"
        )
        raise SystemExit(EXIT_STATUS) from None


def leave_unchanged() -> NoReturn:
    """End the process at Ctrl-C where nothing was begun yet.

    Raises:
        SystemExit: Always.
    """
    sys.stderr.write("\nINTERRUPTED: nothing was changed\n")
    raise SystemExit(EXIT_STATUS)


def was_interrupted(error: BaseException) -> bool:
    """Tell whether `error` is what a database library made of Ctrl-C: one that came inside a statement ends its connection."""
    cause: BaseException | None = error
    while cause and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__context__
    return cause is not None

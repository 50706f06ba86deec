"""``upgrade_2_0.py NUMBER`` runs 2.0.21's upgrade_replica_schema, and is killed before it sends statement NUMBER.

Each statement is a transaction of its own, so that it makes no difference where in a statement it is killed. A run that comes to
its end prints how many statements it has sent, last.
"""

from __future__ import annotations

import argparse
import functools
import os
import signal
import sys
from typing import Any

import psycopg2
from pg_chameleon import replica_engine  # type: ignore[import-not-found]


class Cursor(psycopg2.extensions.cursor):
    """A cursor that counts what it sends."""

    sent = 0

    def execute(self, *arguments: Any) -> None:
        """Send a statement."""
        if Cursor.sent == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)
        Cursor.sent += 1
        super().execute(*arguments)


def main() -> None:
    """Upgrade."""
    psycopg2.connect = functools.partial(psycopg2.connect, cursor_factory=Cursor)
    everything = dict.fromkeys(("schema", "tables", "logid", "source"), "*")
    flags = {"full": False, "debug": True, "rollbar_level": "info"}
    arguments = argparse.Namespace(command="upgrade_replica_schema", config="default", **everything, **flags)
    replica_engine(arguments).upgrade_replica_schema()
    print(Cursor.sent)  # noqa: T201 - this is its answer


if __name__ == "__main__":
    main()

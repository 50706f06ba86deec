"""``read_only_2_0.py SOURCE READS [MOMENT]`` reads from MySQL as 2.0.21's start_replica does, and replays nothing.

It stops after READS reads, each of which ends where a batch ends. With a MOMENT it is killed then, see death.py.
"""

from __future__ import annotations

import argparse
import sys

from death import die_before  # type: ignore[import-not-found]
from pg_chameleon import replica_engine  # type: ignore[import-not-found]


def main(source: str, reads: int, *moments: str) -> None:
    """Read `reads` times for `source` of the configuration ``default``."""
    engine = replica_engine(_arguments(source))
    engine.mysql_source.keep_existing_schema = False
    for moment in moments:
        die_before(moment, engine.pg_engine, engine.pg_engine.pgsql_cur)
    for _ in range(reads):
        engine.mysql_source.read_replica()
    engine.pg_engine.set_source_status("stopped")


def _arguments(source: str) -> argparse.Namespace:
    everything = dict.fromkeys(("schema", "tables", "logid"), "*")
    flags = {"full": False, "debug": True, "rollbar_level": "info"}
    return argparse.Namespace(command="start_replica", config="default", source=source, **everything, **flags)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])

"""``read_only.py CONFIG READS [die]`` reads from MySQL as 1.8.2's start_replica does, and replays nothing.

One read ends where a batch ends: at the end of a binlog file, after DDL, or where nothing more is there.
After READS reads, or one that found nothing new, it stops. With ``die`` it is killed instead, when it has
written the rows of a batch and before the batch is closed.
"""

from __future__ import annotations

import os
import signal
import sys

from pg_chameleon import replica_engine  # type: ignore[import-not-found]


def main(config: str, reads: int, *, dies: bool) -> None:
    """Read at most `reads` times with the configuration named `config`."""
    replica = replica_engine(config)
    replica.pg_eng.set_source_id("running")
    if dies:
        replica.pg_eng.save_master_status = _die
    for _ in range(reads):
        replica.my_eng.master_status = []
        replica.my_eng.run_replica(replica.pg_eng)
        if not replica.my_eng.master_status:
            break
    replica.pg_eng.set_source_id("stopped")


def _die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), dies="die" in sys.argv[3:])

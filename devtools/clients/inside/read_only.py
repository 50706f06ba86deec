"""``read_only.py CONFIG READS [MOMENT]`` reads from MySQL as 1.8.2's start_replica does, and replays nothing.

One read ends where a batch ends: at the end of a binlog file, after DDL, or where nothing more is there.
After READS reads, or one that found nothing new, it stops. With a MOMENT it is killed then, see death.py.
"""

from __future__ import annotations

import sys

from death import die_before  # type: ignore[import-not-found]
from pg_chameleon import replica_engine  # type: ignore[import-not-found]


def main(config: str, reads: int, *moments: str) -> None:
    """Read at most `reads` times with the configuration named `config`."""
    replica = replica_engine(config)
    replica.pg_eng.set_source_id("running")
    for moment in moments:
        die_before(moment, replica.pg_eng, replica.pg_eng.pg_conn.pgsql_cur)
    for _ in range(reads):
        replica.my_eng.master_status = []
        replica.my_eng.run_replica(replica.pg_eng)
        if not replica.my_eng.master_status:
            break
    replica.pg_eng.set_source_id("stopped")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])

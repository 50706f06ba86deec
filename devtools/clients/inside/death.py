"""Where pg_chameleon of either release is killed while it ends a batch, which takes it three transactions."""

from __future__ import annotations

import os
import signal
from typing import Any

_CLOSE = (
    "UPDATE sch_chameleon.t_replica_batch SET b_processed = true, ts_processed = now() WHERE i_id_batch = %s"
)


def die_before(moment: str, engine: Any, cursor: Any) -> None:
    """Let the process be killed before `engine`, whose statements go through `cursor`, does what `moment` names.

    Args:
        moment: ``next``, before it commits the next batch; ``close``, before the end of this one; ``list``, before the list of
            its events.
        engine: The release's own object for PostgreSQL.
        cursor: Its cursor.
    """

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def close_and_die(batch: int) -> None:
        cursor.execute(_CLOSE, (batch,))
        die()

    if moment == "next":
        engine.save_master_status = die
    else:
        engine.set_batch_processed = die if moment == "close" else close_and_die

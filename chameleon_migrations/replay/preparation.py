"""The preparation of a revision: pending batches are replayed, recorded in the history, and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from chameleon_migrations import replay
from chameleon_migrations.database import attempts
from chameleon_migrations.replay import progress


@dataclass(frozen=True)
class ReplayPending:
    """Replays what was read and not applied in a catalogue of `version`, ``1.7`` or ``2.0.0``."""

    version: str

    def run(self, connection: Connection) -> None:
        """Replay all pending batches, and report each.

        Raises:
            UserError: An event was refused by PostgreSQL.
        """
        with progress.shown(replay.pending(connection)) as report:

            def on_batch(batch: replay.Pending, done: replay.Replayed) -> None:
                report(batch, done)
                attempts.replayed(connection, sum(done))

            replay.replay_pending(connection, on_batch, self.version)

    def script(self) -> Sequence[str]:
        """Return the replay as statements for psql."""
        return replay.script(self.version)

"""Which old source flows into which new one, and the events that the last upgrade replayed of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, text

from chameleon_migrations.commands.status import Attempt, Past, Source, attempts

# The times of the batches are those of the session's time zone, as those of pg_chameleon are.
_REPLAYED = """
SELECT
    src.t_source, count(*),
    coalesce(sum(batch.i_replayed), 0), coalesce(sum(batch.i_ddl), 0), coalesce(sum(batch.i_skipped), 0)
FROM {schema}.t_replica_batch AS batch
JOIN {schema}.t_sources AS src ON src.i_id_source = batch.i_id_source
WHERE batch.b_replayed AND EXISTS (
    SELECT FROM chameleon_migrations.history AS step
    WHERE step.attempt = :attempt AND step.from_version = '1.7'
        AND batch.ts_replayed BETWEEN step.started AND step.started + step.duration
)
GROUP BY src.t_source"""


class Replayed(NamedTuple):
    """What an upgrade has applied of a source: batches, row events, DDL events, and events of tables that are not registered."""

    batches: int = 0
    rows: int = 0
    ddl: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Flow:
    """The old sources that flow into the new source `into`; None where the configuration file has none for them."""

    into: str | None
    old: Sequence[Source]


def flows(old: Sequence[Source], new: Mapping[str, Mapping[str, str]]) -> list[Flow]:
    """Return what flows where, by the pairs of MySQL schema and destination: those that `new` sources map."""
    found = [
        Flow(name, [source for source in old if source.mappings.items() <= pairs.items()])
        for name, pairs in new.items()
    ]
    taken = [source for flow in found for source in flow.old]
    left = [source for source in old if source not in taken]
    return [*found, Flow(None, left)] if left else found


def last_upgrade(history: Sequence[Past]) -> Attempt | None:
    """Return the last upgrade from 1.7, finished or not; None where there is none, or a downgrade has undone it."""
    for attempt in attempts(history):
        if any((past.from_version, past.to_version) == ("1.7", "2.0.0") for past in attempt.steps):
            return attempt
        if any((past.to_version, past.outcome) == ("1.7", "done") for past in attempt.steps):
            return None
    return None


def replayed(connection: Connection, schema: str, upgrade: Attempt) -> dict[str, Replayed]:
    """Return what `upgrade` has replayed of each old source of the 1.7 catalogue in `schema`."""
    rows = connection.execute(text(_REPLAYED.format(schema=schema)), {"attempt": upgrade.attempt})
    return {source: Replayed(*map(int, numbers)) for source, *numbers in rows}

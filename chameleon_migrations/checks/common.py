"""What must hold before each of our revisions, registered under it. The queries lie beside the revisions."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from chameleon_migrations import replay
from chameleon_migrations.checks.hooks import DOWNGRADE, UPGRADE, Check, Hook, register
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database import attempts
from chameleon_migrations.database.catalogue import CATALOGUE_V1
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import literal
from chameleon_migrations.replay import progress

if TYPE_CHECKING:
    from chameleon_migrations.checks.mysql import Finding

WRITERS = Check(
    "writers.sql",
    "pg_chameleon is connected to the database",
    "Stop it (1.8.2: chameleon.py stop_replica; 2.0: chameleon stop_replica) for every source, then run again.",
)
UNFINISHED = Check(
    "unfinished.sql",
    "pg_chameleon did not finish copying tables",
    "Run init_replica (2.0: or sync_tables) with pg_chameleon to its end, then run again.",
)
ISOLATION = Check(
    "isolation.sql",
    "a transaction of another isolation level cannot see what others commit until it has its locks",
    "Run it in a transaction that is READ COMMITTED.",
)
STOPPED = (WRITERS, UNFINISHED, ISOLATION)
"""What must hold before every revision, up and down: nobody else is at work on the catalogue."""

INTERRUPTED = Check(
    "interrupted.sql",
    "an upgrade that pg_chameleon itself had begun was interrupted",
    "Put the 1.7 catalogue back with: ALTER SCHEMA sch_chameleon RENAME TO sch_chameleon_interrupted; ALTER SCHEMA "
    "_sch_chameleon_version1 RENAME TO sch_chameleon; and run again. Or, where you have emptied the 2.0 catalogue yourself, drop "
    "the old one with: DROP SCHEMA _sch_chameleon_version1 CASCADE",
)
STRUCTURE = Check(
    "2.0.0/checks/structure.sql",
    "the catalogue is not that of pg_chameleon 1.8.2",
    "Restore what is missing from a backup of the catalogue, then run again.",
)
OWNER = Check(
    "owner.sql",
    "the role in pg_conn may not change the catalogue",
    "Name the catalogue's owner in pg_conn, then run again.",
)
STALE = Check(
    "stale.sql",
    "the status of a source is passed over",
    "no session of pg_chameleon is there",
)
HALF_UPGRADED = Check(
    "half_upgraded.sql",
    "the catalogue is not of the version that it says",
    "Finish what was cut off, or restore the catalogue from a backup, then run again.",
)
LEFTOVERS = Check(
    "2.0.0/checks/leftovers.sql",
    "the name of a schema that the upgrade needs is taken",
    "Drop or rename it, then run again.",
)
PRIVILEGES = Check(
    "2.0.0/checks/privileges.sql",
    "the role in pg_conn may not do what the migration does",
    "Grant what it lacks, then run again.",
)
REPLAY_PRIVILEGES = Check(
    "2.0.0/checks/replay_privileges.sql",
    "the role in pg_conn may not replay the pending batches",
    "Grant what it lacks, or name the replicated tables' owner in pg_conn, then run again.",
)
DAMAGE = Check(
    "2.0.0/checks/damage.sql",
    "the rows of the 1.7 catalogue do not hang together",
    "Put them right, or restore the catalogue from a backup, then run again.",
)
MAPPINGS = Check(
    "2.0.0/checks/mappings.sql",
    "the configuration file and the 1.7 catalogue map different schemas",
    "Make sources.*.schema_mappings list exactly the catalogue's pairs, then run again.",
)
DESTINATIONS = Check(
    "2.0.0/checks/destinations.sql",
    "the configuration file maps several MySQL schemas to one destination schema",
    "Keep one mapping for each destination schema, then run again.",
)
SOURCE_TYPES = Check(
    "2.0.0/checks/source_types.sql",
    "the configuration file has a source that is not MySQL",
    "Write type: mysql, which is all that 1.7 knows, and add other sources after the upgrade.",
)
SOURCE_NAMES = Check(
    "2.0.0/checks/source_names.sql",
    "the configuration file has a source whose name is too long for its log tables",
    "Give it a name of at most 34 bytes, then run again.",
)
POSITIONS = Check(
    "2.0.0/checks/positions.sql",
    "the 1.7 catalogue has a source without a place to go on from",
    "Run init_replica for it with pg_chameleon 1.8.2, or drop the source there, then run again.",
)
DOTTED_NAMES = Check(
    "2.0.0/checks/dotted_names.sql",
    "pg_chameleon 2.0 cannot tell the order of binlog files whose base name holds a dot",
    "set log_bin to a name without a dot in MySQL before the file's number changes",
)
SERVERS = Check(
    "2.0.0/checks/servers.sql",
    "sources with different binlog files, which are different MySQL servers, would merge into one",
    "Give each MySQL server a source of its own in the configuration file, then run again.",
)
MOVED = Check(
    "moved.sql",
    "the catalogue is not what the checks saw: somebody has changed it since",
    "Stop whoever writes to it, then run again.",
)
PENDING = Check(
    "2.0.0/checks/pending.sql",
    "batches were read while the upgrade ran",
    "Stop pg_chameleon, then run again.",
)
OLD_CATALOGUE = Check(
    "2.0.0/checks/old_catalogue.sql",
    "there is no 1.7 catalogue to go back to, or no room for the 2.0 catalogue",
    "Put it right, then run again.",
)
BACK_MAPPINGS = Check(
    "2.0.0/checks/back_mappings.sql",
    "2.0 and the 1.7 catalogue that the upgrade kept map different schemas",
    "Take out what was added and put back what was removed, with pg_chameleon 2.0, or stay on 2.0.",
)
BACK_POSITIONS = Check(
    "2.0.0/checks/back_positions.sql",
    "the 2.0 catalogue has a source without a place to go on from",
    "Run init_replica for it with pg_chameleon 2.0, then run again.",
)
BACK_BINLOGS = Check(
    "2.0.0/checks/back_binlogs.sql",
    "2.0 reads another binlog than 1.8.2 has read, to which the positions in the 1.7 catalogue do not belong",
    "Stay on 2.0, or set 1.8.2 up anew.",
)
BACK_LIMITS = Check(
    "2.0.0/checks/back_limits.sql",
    "the 1.7 catalogue cannot hold what 2.0 has come to",
    "Run FLUSH BINARY LOGS on MySQL and let 2.0 read on into the next file; take a table with a longer key out of the replica; "
    "then run again.",
)
BACK_PENDING = Check(
    "2.0.0/checks/pending.sql",
    "batches were read while the downgrade ran",
    "Stop pg_chameleon, then run again.",
)
DISABLED = Check(
    "2.0.0/checks/disabled.sql",
    "a table that 2.0 has disabled is not registered in 1.7",
    "Sync it with pg_chameleon 1.8.2.",
)
SOURCES = Check(
    "1.7/checks/sources.sql",
    "the catalogue is in use, and going below 1.7 would drop it",
    "Drop the sources with pg_chameleon 1.8.2 first if that is what you want.",
)
OFFSETS = Check(
    "2.0.1/checks/offsets.sql",
    f"offsets are past {2**31 - 1}, which catalogues below 2.0.1 cannot hold",
    "Stay on 2.0.1 or later: the replica needs them.",
)
PUT_ASIDE = Check(
    "2.0.7/checks/put_aside.sql",
    "indexes or keys are put aside until their source is consistent, and catalogues below 2.0.7 cannot hold them",
    "Start the replica until the source is consistent; delete the rows if the indexes and keys are there already.",
)
NAMES = Check(
    "2.0.9/checks/names.sql",
    "names are longer than 64 characters, which catalogues from 2.0.9 on cannot hold",
    "Delete the rows if they are of no use any more; no table of MySQL has such a name.",
)
PAUSED = Check("2.0.2/checks/paused.sql", "lost below 2.0.2", "the replica does without it")
MAINTENANCE = Check("2.0.3/checks/maintenance.sql", "lost below 2.0.3", "the replica does without it")
GTID_SETS = Check(
    "2.0.4/checks/gtid_sets.sql", "lost below 2.0.4", "the replica goes on by binlog file and offset"
)
UNIQUE_KEYS = Check("2.0.8/checks/unique_keys.sql", "lost below 2.0.8", "the replica does without it")


def _sources(settings: Settings) -> str:
    """Return the configuration's sources as the JSON text that ``2.0.0/plan.sql`` reads."""
    return json.dumps(
        [
            {"name": source.name, "type": source.type, "schema_mappings": dict(source.schema_mappings)}
            for source in settings.sources
        ]
    )


def _plan(settings: Settings) -> Sequence[str]:
    return [
        f"SELECT set_config('chameleon.sources', {literal(_sources(settings))}, false)",
        sql("2.0.0/plan.sql"),
        sql("seen.sql"),
    ]


def _plan_back(_: Settings) -> Sequence[str]:
    kept = sql("2.0.0/plan.sql", catalogue=f"{CATALOGUE_V1}.")
    return [kept, sql("2.0.0/carry_back_plan.sql"), sql("seen.sql")]


def _servers(connection: Connection, settings: Settings, required: bool) -> Iterable[Finding]:  # noqa: FBT001
    from chameleon_migrations.checks import mysql_servers  # noqa: PLC0415 - no driver is loaded before it is needed

    return mysql_servers.ask(connection, settings, required=required)


def _replay(connection: Connection, version: str = "1.7") -> None:
    """Replay what was read and not applied in a catalogue of `version`, and say so batch by batch."""
    with progress.shown(replay.pending(connection)) as told:

        def on_batch(batch: replay.Pending, done: replay.Replayed) -> None:
            told(batch, done)
            attempts.replayed(connection, sum(done))

        replay.replay_pending(connection, on_batch, version)


def _replay_back(connection: Connection) -> None:
    """Replay what 2.0 has read and not applied."""
    _replay(connection, "2.0.0")


register(
    "2.0.0",
    UPGRADE,
    Hook(
        needs=[STRUCTURE, LEFTOVERS, PRIVILEGES, OWNER],
        views=_plan,
        checks=[
            *STOPPED,
            DAMAGE,
            MAPPINGS,
            DESTINATIONS,
            SOURCE_TYPES,
            SOURCE_NAMES,
            POSITIONS,
            SERVERS,
            REPLAY_PRIVILEGES,
        ],
        prepare=_replay,
        script=replay.script,
        locked=[MOVED, PENDING],
        passed_over=[STALE, DOTTED_NAMES],
        servers=_servers,
    ),
)
register(
    "2.0.0",
    DOWNGRADE,
    Hook(
        needs=[OLD_CATALOGUE, PRIVILEGES, OWNER],
        views=_plan_back,
        checks=[*STOPPED, BACK_MAPPINGS, BACK_POSITIONS, BACK_BINLOGS, BACK_LIMITS, REPLAY_PRIVILEGES],
        prepare=_replay_back,
        script=lambda: replay.script("2.0.0"),
        locked=[MOVED, BACK_PENDING],
        passed_over=[STALE, DISABLED],
    ),
)
register("1.7", DOWNGRADE, Hook(checks=[*STOPPED, SOURCES], passed_over=[STALE]))


def _step(*checks: Check, loses: Sequence[Check] = ()) -> Hook:
    return Hook(needs=[HALF_UPGRADED, OWNER], checks=[*STOPPED, *checks], passed_over=[STALE, *loses])


STEP = _step()
"""What runs before a step between two 2.0 catalogues, in either direction, that takes nothing away."""

for _number in range(1, 11):
    register(f"2.0.{_number}", UPGRADE, STEP)
    register(f"2.0.{_number}", DOWNGRADE, STEP)

register("2.0.9", UPGRADE, _step(NAMES))
register("2.0.1", DOWNGRADE, _step(OFFSETS))
register("2.0.2", DOWNGRADE, _step(loses=[PAUSED]))
register("2.0.3", DOWNGRADE, _step(loses=[MAINTENANCE]))
register("2.0.4", DOWNGRADE, _step(loses=[GTID_SETS]))
register("2.0.7", DOWNGRADE, _step(PUT_ASIDE))
register("2.0.8", DOWNGRADE, _step(loses=[UNIQUE_KEYS]))

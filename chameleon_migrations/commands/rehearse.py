"""The command ``rehearse``: an upgrade or a downgrade for real, in one transaction that is undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from alembic.config import Config
from sqlalchemy import Connection, text

from chameleon_migrations.commands.preflight import leads_up
from chameleon_migrations.commands.status import Past, Source, Table, read_status
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1, CATALOGUE_V2, read_version
from chameleon_migrations.database.version_table import SCHEMA
from chameleon_migrations.errors import UserError
from chameleon_migrations.running.dialogue import config_option
from chameleon_migrations.running.reading import Reading, read_catalogue
from chameleon_migrations.running.rehearsing import Rehearsed, rehearse
from chameleon_migrations.terminal.display import show_json, show_lines

_CHANGED = text("""
SELECT schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del
FROM pg_catalog.pg_stat_xact_user_tables
WHERE n_tup_ins + n_tup_upd + n_tup_del > 0 AND schemaname <> ALL (:ours) AND schemaname !~ '^pg_'
ORDER BY schemaname, relname""")

_DDL = text(f"""
SELECT DISTINCT format('%I.%I', log.v_schema_name, log.v_table_name)
FROM {CATALOGUE}.t_replica_batch AS batch
JOIN {CATALOGUE}.t_log_replica AS log USING (i_id_batch)
WHERE batch.b_started AND batch.b_processed AND NOT batch.b_replayed AND log.enm_binlog_event = 'ddl'
ORDER BY 1""")  # noqa: S608 - a constant

_SEQUENCES = text("""
SELECT format('%I.%I', schemaname, sequencename), last_value
FROM pg_catalog.pg_sequences
WHERE last_value IS NOT NULL""")


@dataclass(frozen=True)
class Changed:
    """How many rows of a table were inserted, updated and deleted, those of an attempt that was undone included."""

    schema: str
    table: str
    inserted: int
    updated: int
    deleted: int


@dataclass(frozen=True)
class Rehearsal:
    """What a migration would do.

    Attributes:
        versions: The version that it started from, and those that it led to.
        events_replayed: The pending events that were applied or skipped.
        seconds: How long it took.
        locked_seconds: For how long it would lock the catalogue.
        rows: What was changed in the tables outside the catalogue, those of triggers included.
        sources: The sources as they would be.
        tables: The registered tables as they would be.
        steps: What the history would say, the latest step first.
        warnings: What its checks warn of.
    """

    versions: Sequence[str]
    events_replayed: int
    seconds: float
    locked_seconds: float
    rows: Sequence[Changed]
    sources: Sequence[Source]
    tables: Sequence[Table]
    steps: Sequence[Past]
    warnings: Sequence[str]


def run(config: Config, revision: str, *, as_json: bool) -> None:
    """Rehearse the migration to `revision`, and show what it would do.

    Args:
        config: Alembic's configuration.
        revision: Where it leads, above the catalogue's version or below it.
        as_json: Print one JSON object instead of lines.

    Raises:
        UserError: The migration would be refused, or would fail; nothing was changed.
    """
    upwards, before = _announce(config, revision, quietly=as_json)
    if upwards is None:
        _show_nothing(config, as_json=as_json)
        return
    rehearsals: list[Rehearsal] = []
    try:
        rehearse(config, revision, lambda done: rehearsals.append(_read(done)), upwards=upwards)
    except UserError as error:
        said = "\n".join([str(error), "Rolled back: nothing was changed."])
        raise UserError(said, error.exit_status) from error
    taken = _taken(config, before)
    for found in rehearsals:
        if as_json:
            show_json(config, asdict(found) | {"sequences": taken})
        else:
            _print(config, found, taken, f"{'up' if upwards else 'down'}grade {revision}")


def _show_nothing(config: Config, *, as_json: bool) -> None:
    """Say that the catalogue is at the revision already; the JSON object has it with no step."""
    if not as_json:
        show_lines(config, ["The catalogue is there already: there is nothing to rehearse."], "ok")
        return

    def read(reading: Reading) -> None:
        now = read_status(reading.connection, reading.version)
        found = Rehearsal([str(reading.version)], 0, 0, 0, [], now.sources, now.tables, [], [])
        show_json(config, asdict(found) | {"sequences": []})

    read_catalogue(config, read)


def _announce(config: Config, revision: str, *, quietly: bool) -> tuple[bool | None, Mapping[str, int]]:
    """Say what is locked meanwhile; return whether `revision` is above, None where it is reached, and the sequences' values."""
    found: list[tuple[bool | None, Mapping[str, int]]] = []

    def read(reading: Reading) -> None:
        found.append((leads_up(reading, revision), _sequences(reading.connection)))
        if not quietly:
            show_lines(config, _locked(reading))

    read_catalogue(config, read)
    return found[0]


def _locked(reading: Reading) -> list[str]:
    tables = ", ".join(reading.connection.scalars(_DDL)) if reading.version else ""
    return [
        "A rehearsal does everything in one transaction and undoes it. Until it ends, it locks the catalogue,",
        "the rows that pending events change, and the tables with pending DDL; whoever writes there waits.",
        *([f"Tables with pending DDL: {tables}"] if tables else []),
    ]


def _read(rehearsed: Rehearsed) -> Rehearsal:
    """Read what was done, while it is there."""
    connection, done = rehearsed.connection, rehearsed.done
    status = read_status(connection, read_version(connection), last=1)
    ours = [CATALOGUE, CATALOGUE_V1, CATALOGUE_V2, SCHEMA]
    return Rehearsal(
        versions=rehearsed.versions,
        events_replayed=done.events,
        seconds=done.seconds,
        locked_seconds=done.locked,
        rows=[Changed(*row) for row in connection.execute(_CHANGED, {"ours": ours})],
        sources=status.sources,
        tables=status.tables,
        steps=status.history,
        warnings=rehearsed.warnings,
    )


def _sequences(connection: Connection) -> dict[str, int]:
    return {str(name): int(value) for name, value in connection.execute(_SEQUENCES)}


def _taken(config: Config, before: Mapping[str, int]) -> list[str]:
    """Return the sequences that have another value than `before`: what a trigger takes from one is not undone."""
    found: list[str] = []
    read_catalogue(
        config,
        lambda reading: found.extend(
            f"the sequence {name} went on from {before[name]} to {value}"
            for name, value in _sequences(reading.connection).items()
            if before.get(name, value) != value
        ),
    )
    return found


def _print(config: Config, found: Rehearsal, taken: Sequence[str], command: str) -> None:
    """Print what is not in the log, which has the warnings and the steps."""
    for row in found.rows:
        counts = f"{row.inserted:,} inserted, {row.updated:,} updated, {row.deleted:,} deleted"
        show_lines(config, [f"  {row.schema}.{row.table}  {counts}"])
    for source in found.sources:
        position = source.resume_position or "nowhere"
        show_lines(config, [f"  {source.name}  {source.tables} tables, reads on from {position}"])
    for line in taken:
        show_lines(config, [line, "possibly by a trigger of yours: no rollback undoes that"], "warning")
    events = f"{found.events_replayed:,} events replayed, " if found.events_replayed else ""
    locked = f"(the catalogue locked {found.locked_seconds:.1f} s)"
    show_lines(
        config,
        [
            f"Rehearsed {found.versions[0]} → {found.versions[-1]}: {events}{found.seconds:.1f} s {locked}.",
            "Rolled back: nothing was changed.",
            f"Next: chameleon-migrations {config_option(config)}{command}",
        ],
        "ok",
    )

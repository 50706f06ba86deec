"""The command ``verify``: the rows of the registered tables, compared with MySQL's."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone

from alembic.config import Config

from chameleon_migrations.commands.report.words import plural
from chameleon_migrations.errors import UserError
from chameleon_migrations.running.reading import Reading, read_catalogue
from chameleon_migrations.terminal.display import show_json, show_lines
from chameleon_migrations.terminal.interrupts import leave_unchanged
from chameleon_migrations.verification import progress
from chameleon_migrations.verification.comparison import Options
from chameleon_migrations.verification.result import (
    DIFFERENT,
    ONLY_IN_MYSQL,
    ONLY_IN_POSTGRES,
    Difference,
    Lag,
    TableResult,
    Values,
    Verification,
)
from chameleon_migrations.verification.tables import Table
from chameleon_migrations.verification.verifier import Verifier, opened

_KINDS = {
    ONLY_IN_MYSQL: "only in MySQL",
    ONLY_IN_POSTGRES: "only in PostgreSQL",
    DIFFERENT: "different",
}


def run(
    config: Config, names: Sequence[str], options: Options, time_zone: str | None, *, as_json: bool
) -> None:
    """Compare the rows of registered tables with MySQL's, and change nothing.

    Args:
        config: Alembic's configuration.
        names: The tables, as ``schema.table``; none for all.
        options: What is compared, how long is waited, what is shown.
        time_zone: That of the host of pg_chameleon; None for that of MySQL.
        as_json: Print one JSON object instead of lines.

    Raises:
        UserError: A table differs or was not compared, a server gave no answer, or no such table is registered.
    """
    _check(options)

    def read(reading: Reading) -> None:
        try:
            with opened(
                reading.connection.engine, reading.settings, reading.version, options, time_zone
            ) as verifier:
                found = _verify(config, verifier, names, quiet=as_json)
        except KeyboardInterrupt:
            leave_unchanged()
        if as_json:
            show_json(config, found.as_json())
        else:
            _print_verdict(config, found)
        if not found.equal:
            raise UserError(f"PostgreSQL and MySQL are not equal: {_verdict(found)}")

    read_catalogue(config, read)


def _check(options: Options) -> None:
    if options.sample is not None and not 0 < options.sample <= 100:  # noqa: PLR2004 - percent
        raise UserError(f"--sample {options.sample:g}: expected a number of percent above 0, at most 100")
    if not options.wait >= 0:
        raise UserError(f"--wait {options.wait:g}: expected a number of seconds, 0 or more")


def _verify(config: Config, verifier: Verifier, names: Sequence[str], *, quiet: bool) -> Verification:
    made = datetime.now(timezone.utc).replace(microsecond=0)
    tables = _named(verifier.tables(), names)
    lag = list(verifier.lag(tables))
    results: list[TableResult] = []
    if not quiet:
        show_lines(config, map(_lag, lag), "warning")
    with progress.shown(verifier.rows(tables)) as listener:
        for table in tables:
            listener.begun(str(table))
            result = verifier.compare(table, listener.read)
            if result:
                listener.done(result)
                results.append(result)
    if not quiet:
        for result in results:
            _print(config, result)
    return Verification(made, lag, results, verifier.options.sample)


def _named(tables: Sequence[Table], names: Sequence[str]) -> Sequence[Table]:
    """Return those of `tables` that have one of `names`; all where there are none.

    Raises:
        UserError: There is none of that name.
    """
    known = {str(table): table for table in tables}
    for name in names:
        if name not in known:
            alike = [one for one in known if one.endswith(f".{name}")] or difflib.get_close_matches(
                name, known
            )
            meant = f"did you mean {alike[0]}?" if alike else "'chameleon-migrations status' counts them"
            raise UserError(
                f"{name}: found no registered table of that name; expected SCHEMA.TABLE of PostgreSQL; {meant}"
            )
    return [known[name] for name in names] if names else tables


def _lag(lag: Lag) -> str:
    return (
        f"{lag.source}: the replica has applied events up to {lag.applied or 'an unknown position'}, and MySQL is at "
        f"{lag.mysql or 'a position that it does not show'}: rows that differ are read again once it has caught up"
    )


def _print(config: Config, table: TableResult) -> None:
    counts = [f"{getattr(table, kind):,} {name}" for kind, name in _KINDS.items() if getattr(table, kind)]
    counts += [f"{table.unsettled:,} changed all the time"] if table.unsettled else []
    found = f": {', '.join(counts)}" if counts else ""
    lines = [f"{table.table}: {plural(table.rows, 'row')} compared{found}", *_details(table)]
    show_lines(config, lines, "ok" if table.equal else "failed")


def _details(table: TableResult) -> Iterator[str]:
    yield from table.problems
    for column in table.not_compared:
        yield f"not compared: {column.column}: {column.reason}"
    for column in table.doubtful:
        yield f"compared with less than certainty: {column.column}: {column.reason}"
    if table.lossy:
        yield f"{plural(table.lossy, 'row')} equal only as pg_chameleon copies texts"
    for difference in table.first:
        yield from _difference(difference)


def _difference(found: Difference) -> Iterator[str]:
    columns = f": {', '.join(found.columns)}" if found.columns else ""
    yield f"{_KINDS[found.kind]}: {_pairs(found.key)}{columns}"
    for side, values in (("MySQL", found.mysql), ("PostgreSQL", found.postgres)):
        if values is not None:
            yield f"  {side}: {_pairs(values)}"


def _pairs(values: Values) -> str:
    return ", ".join(f"{name} = {'NULL' if value is None else repr(value)}" for name, value in values.items())


def _print_verdict(config: Config, found: Verification) -> None:
    if found.equal:
        rows = sum(table.rows for table in found.tables)
        part = f", about {found.sample:g} % of all" if found.sample else ""
        show_lines(
            config,
            [f"{plural(len(found.tables), 'table')} equal: {plural(rows, 'row')} compared{part}"],
            "ok",
        )


def _verdict(found: Verification) -> str:
    different = sum(table.differences for table in found.tables)
    unequal = [table for table in found.tables if not table.equal]
    return (
        f"{plural(different, 'row')} in {plural(len(unequal), 'table')} of {len(found.tables)}; copy a table anew with "
        "pg_chameleon's sync_tables, or see docs/verify.md for what pg_chameleon itself changes"
    )

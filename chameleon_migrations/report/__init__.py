"""The command ``report``: what preflight and status know, as one page for people, before or after an upgrade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from mako.template import Template
from sqlalchemy import Connection, func, inspect, select

from chameleon_migrations import __version__, preflight, status
from chameleon_migrations.catalogue import CATALOGUE, CATALOGUE_V1, CATALOGUE_V2
from chameleon_migrations.errors import UserError
from chameleon_migrations.looking import look
from chameleon_migrations.preflight import Outcome, Preflight
from chameleon_migrations.report.flow import Flow, Replayed, flows, replayed
from chameleon_migrations.report.timeline import TimeLine, time_line
from chameleon_migrations.report.words import about, plural, took
from chameleon_migrations.settings import Settings
from chameleon_migrations.status import Source, Status

_HERE = Path(__file__).parent

_KEPT = {
    CATALOGUE_V1: "The 1.7 catalogue, without which there is no way back, is kept in",
    CATALOGUE_V2: "What there was of a 2.0 catalogue is kept in",
}


@dataclass(frozen=True)
class Report:
    """All that is on the page.

    Attributes:
        package: The version of chameleon-migrations.
        database: Which, and on which host.
        made: When, by the database's clock.
        status: The live catalogue.
        ahead: The checks and the plan of the upgrade to head; None where there is nothing to upgrade.
        way_back: The checks of the downgrade to 1.7, where there is nothing to upgrade.
        old: The sources of the 1.7 catalogue, be it live or kept; none where it was dropped.
        flows: Those sources, and what they flow into.
        replayed: What upgrades have replayed of them.
        time_lines: One for each new source whose place is known.
    """

    package: str
    database: str
    made: datetime
    status: Status
    ahead: Preflight | None
    way_back: Sequence[Outcome]
    old: Sequence[Source]
    flows: Sequence[Flow]
    replayed: Mapping[str, Replayed]
    time_lines: Sequence[TimeLine]

    @property
    def upgraded(self) -> bool:
        """Whether the live catalogue is of 2.0."""
        return self.status.version != "1.7"

    @property
    def checks(self) -> Sequence[Outcome]:
        """Those of the upgrade, or of the way back where there is nothing to upgrade; what is in the way first."""
        return sorted(self.ahead.checks if self.ahead else self.way_back, key=lambda check: not check.found)

    @property
    def headline(self) -> str:
        """What the catalogue is, and what it could become."""
        if self.ahead:
            return f"Catalogue {self.status.version}, before the upgrade to {self.ahead.steps[-1].revision}"
        return f"Catalogue {self.status.version}"

    @property
    def state(self) -> str:
        """How it is on the whole: ok, bad, or unknown."""
        if self.ahead:
            return "ok" if self.ahead.ready else "bad"
        return "ok" if all(source.consistent for source in self.status.sources) else "unknown"

    @property
    def verdict(self) -> str:
        """The state in words."""
        if self.ahead:
            return "An upgrade would start" if self.ahead.ready else "An upgrade would not start"
        behind = [source for source in self.status.sources if not source.consistent]
        return f"{plural(len(behind), 'source')} on the way to consistency" if behind else "Consistent"

    @property
    def notes(self) -> list[str]:
        """What should not be overlooked."""
        failed = [
            f"The last attempt {past.outcome}: {past.error or 'no error was recorded'}"
            for past in self.status.history[:1]
            if past.outcome not in ("done", "started")
        ]
        disabled = [
            f"2.0 has disabled the table {table.schema}.{table.name} after an error."
            for table in self.status.tables
            if not table.replicated
        ]
        return [*failed, *disabled]

    @property
    def kept(self) -> list[str]:
        """What is left beside the live catalogue, and what for."""
        return [f"{_KEPT[name]} {name}." for name in self.status.leftovers]

    @property
    def figures(self) -> list[tuple[str, str]]:
        """The numbers that matter most."""
        pending = sum(source.pending_events for source in self.status.sources)
        figures = [
            ("sources", f"{len(self.status.sources):,}"),
            ("tables", f"{len(self.status.tables):,}"),
            ("events pending", f"{pending:,}"),
            ("events replayed", f"{self.events_replayed:,}"),
        ]
        if self.ahead and self.ahead.plan:
            return [
                *figures,
                ("replay takes about", about(self.ahead.plan.replay_seconds)),
            ]
        if self._durations:
            return [*figures, ("steps took", took(sum(self._durations, timedelta())))]
        return figures

    @property
    def events_replayed(self) -> int:
        """How many events all attempts have replayed."""
        return sum(past.events_replayed or 0 for past in self.status.history)

    @property
    def longest(self) -> timedelta:
        """How long the longest step took."""
        return max(self._durations, default=timedelta())

    @property
    def _durations(self) -> list[timedelta]:
        return [past.duration for past in self.status.history if past.duration]

    @property
    def lines(self) -> dict[str, TimeLine]:
        """The time lines by source."""
        return {line.source: line for line in self.time_lines}

    @property
    def new(self) -> dict[str, Source]:
        """The live sources by name."""
        return {source.name: source for source in self.status.sources}

    def replayed_of(self, source: Source) -> Replayed:
        """Return what was replayed of an old source."""
        return self.replayed.get(source.name, Replayed())


def run(config: Config, output: str | None) -> None:
    """Write the page of the catalogue in the configuration file's database, and change nothing there.

    Args:
        config: Alembic's configuration.
        output: The file to write; None for standard output.

    Raises:
        UserError: There is no catalogue, or it cannot be read; or the file is there already, or cannot be written.
    """
    pages: list[str] = []

    def at(migration: MigrationContext, script: ScriptDirectory, version: str | None) -> None:
        pages.append(page(_gather(migration, script, version)))

    look(config, at)
    if output is None:
        config.stdout.write(pages[0])
        return
    _write(Path(output), pages[0])
    config.print_stdout("%s: written", output)


def page(report: Report) -> str:
    """Return `report` as HTML in ASCII, which reads alike whatever the encoding of standard output is."""
    template = Template(  # noqa: S702 - the default filter escapes
        filename=str(_HERE / "page.html.mako"), default_filters=["h"], strict_undefined=True
    )
    rendered: str = template.render(report=report, css=(_HERE / "page.css").read_text())
    return rendered.encode("ascii", "xmlcharrefreplace").decode()


def _write(path: Path, content: str) -> None:
    """Create the file, as readable as the user's other files: it holds no secret, and is there to be shown."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(content)
    except FileExistsError:
        raise UserError(f"{path} is there already and was not changed: name another with --output") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; needed: a place for the report") from None


def _gather(migration: MigrationContext, script: ScriptDirectory, version: str | None) -> Report:
    connection = migration.connection
    assert connection is not None  # noqa: S101 - there is one wherever it is not --sql
    settings: Settings = migration.opts["settings"]
    now = status.status(connection, version, last=None)
    ahead = preflight.ahead(migration, script, version, "head")
    old = _old(connection, now)
    return Report(
        package=__version__,
        database=f"{settings.connection.database} on {settings.connection.host}",
        made=connection.scalars(select(func.now())).one(),
        status=now,
        ahead=ahead,
        way_back=[] if ahead else preflight.way_back(migration, script, version),
        old=old,
        flows=flows(old, _new_mappings(now, settings)),
        replayed=replayed(connection, CATALOGUE if version == "1.7" else CATALOGUE_V1) if old else {},
        time_lines=_time_lines(now, ahead),
    )


def _old(connection: Connection, now: Status) -> Sequence[Source]:
    """Return the sources of the 1.7 catalogue, which is live, or kept, or dropped."""
    if now.version == "1.7":
        return now.sources
    # The schema's name may be another's; no other catalogue has this table.
    kept = inspect(connection).has_table("t_batch_events", schema=CATALOGUE_V1)
    return status.sources(connection, "1.7", CATALOGUE_V1) if kept else []


def _new_mappings(now: Status, settings: Settings) -> dict[str, Mapping[str, str]]:
    if now.version == "1.7":
        return {source.name: source.schema_mappings for source in settings.sources}
    return {source.name: source.mappings for source in now.sources}


def _time_lines(now: Status, ahead: Preflight | None) -> list[TimeLine]:
    """Return those of the plan, or of the 2.0 catalogue; a 1.7 catalogue without a plan has none."""
    if now.version == "1.7":
        plan = ahead and ahead.plan
        return (
            [
                time_line(
                    source.name,
                    source.resume_position,
                    source.high_watermark,
                    [table for table in plan.tables if table.source == source.name],
                )
                for source in plan.new_sources
            ]
            if plan
            else []
        )
    return [
        time_line(
            source.name,
            source.resume_position,
            source.high_watermark,
            [table for table in now.tables if table.source == source.name],
        )
        for source in now.sources
    ]

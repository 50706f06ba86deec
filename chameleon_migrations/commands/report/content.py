"""The content of the page, and its wording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chameleon_migrations.checks.examination import Outcome
from chameleon_migrations.commands.preflight import Preflight
from chameleon_migrations.commands.report.flow import Flow, Replayed, last_upgrade
from chameleon_migrations.commands.report.timeline import TimeLine
from chameleon_migrations.commands.report.words import about, plural, took
from chameleon_migrations.commands.status import Attempt, Source, Status, attempts
from chameleon_migrations.database.catalogue import CATALOGUE_V1, CATALOGUE_V2

_KEPT = {
    CATALOGUE_V1: "The 1.7 catalogue, which a downgrade needs, is kept in",
    CATALOGUE_V2: "The rest of a 2.0 catalogue is kept in",
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
        behind: The checks of the downgrade to 1.7, where there is nothing to upgrade.
        old: The sources of the 1.7 catalogue, be it live or kept; none where it was dropped.
        flows: Those sources, and what they flow into.
        replayed: The events of those sources that the last upgrade replayed.
        time_lines: One for each new source whose place is known.
    """

    package: str
    database: str
    made: datetime
    status: Status
    ahead: Preflight | None
    behind: Sequence[Outcome]
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
        """Those of the upgrade, or of the downgrade where there is nothing to upgrade; findings first."""
        return sorted(
            self.ahead.examination.outcomes if self.ahead else self.behind,
            key=lambda check: not check.found,
        )

    def mark(self, check: Outcome) -> str:
        """Return the state of `check`: ok, bad, unknown, or neutral where only a downgrade would be refused."""
        if check.found is None:
            return "unknown"
        if not check.found:
            return "ok"
        return "bad" if self.ahead else "neutral"

    @property
    def headline(self) -> str:
        """What the catalogue is, and what it could become."""
        if self.ahead:
            return (
                f"Catalogue {self.status.version}, before the upgrade to {self.ahead.revisions[-1].revision}"
            )
        return f"Catalogue {self.status.version}"

    @property
    def state(self) -> str:
        """How it is on the whole: ok, bad, or unknown."""
        if self.ahead:
            return "ok" if self.ahead.examination.holds else "bad"
        return "ok" if all(source.consistent for source in self.status.sources) else "unknown"

    @property
    def verdict(self) -> str:
        """The state in words."""
        if self.ahead:
            return "An upgrade would start" if self.ahead.examination.holds else "An upgrade would not start"
        behind = [source for source in self.status.sources if not source.consistent]
        return f"{plural(len(behind), 'source')} not consistent yet" if behind else "Consistent"

    @property
    def notes(self) -> list[str]:
        """What should not be overlooked."""
        failed = [
            f"The last attempt {past.outcome}: {past.error or 'no error was recorded'}"
            for past in self.attempts[:1]
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
        return [f"{_KEPT[kept.schema]} {kept.schema}." for kept in self.status.kept]

    @property
    def figures(self) -> list[tuple[str, str]]:
        """The numbers that matter most."""
        pending = sum(source.pending_events for source in self.status.sources)
        figures = [
            ("sources", f"{len(self.status.sources):,}"),
            ("tables", f"{len(self.status.tables):,}"),
            ("events pending", f"{pending:,}"),
        ]
        if self.ahead and self.ahead.examination.plan:
            return [*figures, ("replay takes about", about(self.ahead.examination.plan.replay_seconds))]
        return [*figures, *self._figures_of_upgrade] if self.upgraded else figures

    @property
    def _figures_of_upgrade(self) -> list[tuple[str, str]]:
        if not self.upgrade:
            return []
        return [
            ("events replayed", f"{self.upgrade.events_replayed:,}"),
            ("tables moved", f"{self.upgrade.tables_moved:,}"),
            ("the upgrade took", took(self.upgrade.duration)),
        ]

    @property
    def attempts(self) -> Sequence[Attempt]:
        """The commands of the history, the latest first."""
        return attempts(self.status.history)

    @property
    def upgrade(self) -> Attempt | None:
        """The last upgrade from 1.7, finished or not; None where a downgrade has undone it."""
        return last_upgrade(self.status.history)

    @property
    def longest(self) -> timedelta:
        """How long the longest attempt took."""
        return max((attempt.duration for attempt in self.attempts), default=timedelta())

    @property
    def lines(self) -> dict[str, TimeLine]:
        """The time lines by source."""
        return {line.source: line for line in self.time_lines}

    @property
    def new(self) -> dict[str, Source]:
        """The live sources by name."""
        return {source.name: source for source in self.status.sources}

    def replayed_of(self, source: Source) -> Replayed:
        """Return what the last upgrade replayed of an old source."""
        return self.replayed.get(source.name, Replayed())

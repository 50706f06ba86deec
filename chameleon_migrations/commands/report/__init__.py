"""The command ``report``: preflight and status as one HTML page, before or after an upgrade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from alembic.config import Config
from mako.template import Template
from sqlalchemy import Connection, func, inspect, select

from chameleon_migrations import __version__
from chameleon_migrations.checks.examination import Outcome
from chameleon_migrations.checks.merge_plan import MergePlan
from chameleon_migrations.commands import preflight, status
from chameleon_migrations.commands.preflight import Preflight
from chameleon_migrations.commands.report.content import Report
from chameleon_migrations.commands.report.flow import Replayed, flows, last_upgrade, replayed
from chameleon_migrations.commands.report.timeline import TimeLine, time_line
from chameleon_migrations.commands.status import Source, Status
from chameleon_migrations.config.settings import Settings
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1
from chameleon_migrations.errors import UserError
from chameleon_migrations.running.reading import Reading, read_catalogue
from chameleon_migrations.verification.result import Verification, from_file

_HERE = Path(__file__).parent


def run(config: Config, output: str | None, verified: str | None = None) -> None:
    """Write the page of the catalogue in the configuration file's database, and change nothing there.

    Args:
        config: Alembic's configuration.
        output: The file to write; None for standard output.
        verified: A file with what ``verify --json`` has printed; None for none.

    Raises:
        UserError: There is no catalogue, or it cannot be read; or the file is there already, or cannot be written; or `verified`
            holds something else.
    """
    pages: list[str] = []
    verification = from_file(Path(verified)) if verified else None

    def read(reading: Reading) -> None:
        pages.append(page(_gather(reading, verification)))

    read_catalogue(config, read)
    if output is None:
        config.stdout.write(pages[0])
        return
    _write(Path(output), pages[0])
    config.print_stdout("%s: written", output)


def page(report: Report) -> str:
    """Return `report` as HTML in ASCII, which reads alike whatever the encoding of standard output is."""
    template = Template(  # noqa: S702 - the default filter escapes
        filename=str(_HERE / "page.html.mako"),
        default_filters=["str", "visible", "h"],
        imports=["from chameleon_migrations.visible import lines as visible"],
        strict_undefined=True,
    )
    rendered: str = template.render(report=report, css=(_HERE / "page.css").read_text())
    return rendered.encode("ascii", "xmlcharrefreplace").decode()


def _write(path: Path, content: str) -> None:
    """Create the file, as readable as the user's other files: it holds no secret, and is made to be shown."""
    try:
        with path.open("x", encoding="ascii") as file:
            file.write(content)
    except FileExistsError:
        raise UserError(f"{path} is there already and was not changed: name another with --output") from None
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; needed: a place for the report") from None


def _gather(reading: Reading, verified: Verification | None) -> Report:
    connection, settings, version = reading.connection, reading.settings, reading.version
    now = status.read_status(connection, version, last=None)
    ahead = preflight.ahead(reading, "head")
    old = _old(connection, now)
    return Report(
        package=__version__,
        database=f"{settings.connection.database} on {settings.connection.host}",
        made=connection.scalars(select(func.now())).one(),
        status=now,
        ahead=ahead,
        behind=[] if ahead else _behind(reading),
        old=old,
        flows=flows(old, _new_mappings(now, settings)),
        replayed=_replayed(connection, now) if old else {},
        time_lines=_time_lines(now, ahead),
        verified=verified,
    )


def _behind(reading: Reading) -> Sequence[Outcome]:
    found = preflight.behind(reading, "1.7")
    return found.examination.outcomes if found else []


def _old(connection: Connection, now: Status) -> Sequence[Source]:
    """Return the sources of the 1.7 catalogue, which is live, or kept, or dropped."""
    if now.version == "1.7":
        return now.sources
    # The schema's name may be another's; no other catalogue has this table.
    kept = inspect(connection).has_table("t_batch_events", schema=CATALOGUE_V1)
    return status.sources(connection, "1.7", CATALOGUE_V1) if kept else []


def _replayed(connection: Connection, now: Status) -> dict[str, Replayed]:
    upgrade = last_upgrade(now.history)
    schema = CATALOGUE if now.version == "1.7" else CATALOGUE_V1
    return replayed(connection, schema, upgrade) if upgrade else {}


def _new_mappings(now: Status, settings: Settings) -> dict[str, Mapping[str, str]]:
    if now.version == "1.7":
        return {source.name: source.schema_mappings for source in settings.sources}
    return {source.name: source.mappings for source in now.sources}


def _time_lines(now: Status, ahead: Preflight | None) -> list[TimeLine]:
    """Return those of the plan, or of the 2.0 catalogue; a 1.7 catalogue without a plan has none."""
    if now.version == "1.7":
        plan = cast("MergePlan | None", ahead and ahead.examination.plan)
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

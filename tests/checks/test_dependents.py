"""Objects outside the catalogue that depend on it: in a step's way, or left with the catalogue that is kept."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli
from devtools.config_file import write_config
from devtools.server import execute
from devtools.versions import HEAD
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, upgrade

SOURCE = OldSource("one", "my", "db")
MAPPINGS = {"mysql": {"my": "db"}}

VIEW = 'CREATE VIEW "Watch, it".lag AS SELECT t_source, i_binlog_position FROM sch_chameleon.t_sources'
IN_THE_WAY = {
    "view": [VIEW],
    "view on a view": [VIEW, 'CREATE VIEW public.lag AS SELECT * FROM "Watch, it".lag'],
    "materialized view": ['CREATE MATERIALIZED VIEW "Watch, it".lag AS SELECT i_binlog_position FROM sch_chameleon.t_sources'],
    "rule": [
        'CREATE TABLE "Watch, it".seen (n bigint)',
        'CREATE RULE seen AS ON INSERT TO "Watch, it".seen DO ALSO'
        " UPDATE sch_chameleon.t_sources SET i_binlog_position = 0",
    ],
    "policy": [
        'CREATE TABLE "Watch, it".seen (n bigint)',
        'CREATE POLICY seen ON "Watch, it".seen USING'
        " (n IN (SELECT i_binlog_position FROM sch_chameleon.t_sources))",
    ],
    "view inside the catalogue's schema": [
        "CREATE VIEW sch_chameleon.lag AS SELECT i_binlog_position FROM sch_chameleon.t_sources",
    ],
}  # fmt: skip
LEFT_BEHIND = {
    "view": ["CREATE VIEW public.names AS SELECT t_source FROM sch_chameleon.t_sources"],
    "publication": ["CREATE PUBLICATION names FOR TABLE sch_chameleon.t_sources"],
    "foreign key": [
        "CREATE TABLE public.notes (source bigint REFERENCES sch_chameleon.t_sources (i_id_source), note text)"
    ],
    "function": [
        "CREATE FUNCTION public.name(sch_chameleon.t_sources) RETURNS text LANGUAGE sql AS 'SELECT $1.t_source'"
    ],
    "trigger": [
        "CREATE FUNCTION public.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE TRIGGER noted BEFORE UPDATE ON sch_chameleon.t_sources FOR EACH ROW EXECUTE PROCEDURE public.noted()",
    ],
    "foreign table's type": [
        "CREATE FOREIGN DATA WRAPPER other",
        "CREATE SERVER other FOREIGN DATA WRAPPER other",
        "CREATE FOREIGN TABLE public.other (status sch_chameleon.en_src_status) SERVER other",
    ],
}


def watched(database: URL, version: str = "1.7") -> None:
    """Make a catalogue with `SOURCE`, and a schema for what depends on it."""
    build(database, [SOURCE])
    execute(database, 'CREATE SCHEMA "Watch, it"')
    if version != "1.7":
        upgrade(database, MAPPINGS, version)


pytestmark = begins_with(watched)


@pytest.fixture
def by_admin(server: URL, database: URL, tmp_path: Path) -> Alembic:
    """Alembic as a superuser, with a file that maps `SOURCE`."""
    return Alembic(write_config(tmp_path / "new.yml", server.set(database=database.database), MAPPINGS))


@pytest.fixture
def admin(server: URL, database: URL) -> URL:
    """The database as a superuser sees it."""
    return server.set(database=database.database)


def run(url: URL, *statements: str) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@begins_with(watched, "2.0.0")
@pytest.mark.parametrize("kind", IN_THE_WAY)
def test_what_is_in_the_way_is_refused_first(admin: URL, by_admin: Alembic, kind: str) -> None:
    """With `2.0.0` live, before a step is begun; preflight says the same, and after its statements the upgrade succeeds."""
    run(admin, *IN_THE_WAY[kind])
    before = snapshot(admin)
    said = by_admin.must_fail("upgrade", "head")
    assert "objects outside the catalogue depend on what the migration changes; nothing was changed" in said
    assert snapshot(admin) == before
    with pytest.raises(SystemExit):
        cli.main(["--config", str(by_admin.config), "preflight"])
    drop_and_create = re.findall(r": (DROP [^;]*); afterwards (CREATE [^;]*;)", said.split("FAILED:")[1])
    if not drop_and_create:
        assert "drop it; create it again afterwards" in said
        return
    run(admin, *(drop for drop, _ in drop_and_create))
    by_admin.must("upgrade", "head")
    run(admin, *(create for _, create in reversed(drop_and_create)))


@begins_with(watched, "head")
def test_a_column_that_a_downgrade_drops(admin: URL, by_admin: Alembic) -> None:
    """A view on it is refused before the first of the steps down is begun, though a later one drops it."""
    run(admin, "CREATE VIEW public.paused AS SELECT b_paused FROM sch_chameleon.t_sources")
    said = by_admin.must_fail("downgrade", "2.0.1")
    assert "DROP VIEW public.paused" in said
    assert by_admin.current() == f"{HEAD} (head)"
    by_admin.must("downgrade", "2.0.2")


@begins_with(watched, "2.0.0")
def test_a_view_on_what_no_step_changes_is_no_blocker(admin: URL, by_admin: Alembic) -> None:
    """It goes on with the live catalogue, which keeps its name."""
    run(admin, *LEFT_BEHIND["view"])
    by_admin.must("upgrade", "head")
    run(admin, "SELECT t_source FROM public.names")


@pytest.mark.parametrize("kind", LEFT_BEHIND)
def test_what_an_upgrade_leaves_behind(admin: URL, by_admin: Alembic, kind: str) -> None:
    """The swap succeeds, and says that the object goes on with the catalogue that is kept."""
    run(admin, *LEFT_BEHIND[kind])
    said = by_admin.must("upgrade", "2.0.0")
    assert "what depends on the catalogue goes on with the one that is kept" in said


@begins_with(watched, "2.0.0")
@pytest.mark.parametrize(
    "kind",
    [
        kind if kind in ("view", "foreign key") else pytest.param(kind, marks=pytest.mark.slow)
        for kind in LEFT_BEHIND
    ],
)
def test_what_a_downgrade_leaves_behind(admin: URL, by_admin: Alembic, kind: str) -> None:
    """The same in the downgrade, of what depends on the 2.0 catalogue."""
    run(admin, *LEFT_BEHIND[kind])
    said = by_admin.must("downgrade", "1.7")
    assert "what depends on the catalogue goes on with the one that is kept" in said


def test_nothing_is_said_where_nothing_depends(by_admin: Alembic) -> None:
    """Neither the run's own views nor those of the catalogue count."""
    assert "goes on with the one that is kept" not in by_admin.must("upgrade", "head")
    assert "goes on with the one that is kept" not in by_admin.must("downgrade", "1.7")

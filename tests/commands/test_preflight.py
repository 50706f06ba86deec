"""What ``chameleon-migrations preflight`` says, against what the upgrade then does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli
from chameleon_migrations.checks import UPGRADE
from chameleon_migrations.checks.check import read_check
from chameleon_migrations.checks.hook import find
from devtools import recorded
from devtools.config_file import ROOT, Sources, write_config
from devtools.server import execute
from tests.support.snapshot import snapshot

WRONG = {"mysql": {"my_schema_01": "db_schema_01", "my_schema_03": "db_schema_02"}}


@pytest.fixture
def old(database: URL) -> URL:
    """A recorded 1.7 catalogue."""
    recorded.load(database)
    return database


def preflight(
    url: URL,
    directory: Path,
    capsys: pytest.CaptureFixture[str],
    *arguments: str,
    sources: Sources = recorded.SOURCES,
) -> tuple[int, str, str]:
    """Run the command, and return its exit status, its output and its errors."""
    config = write_config(directory / "upgraded.yml", url, sources)
    capsys.readouterr()
    status = 0
    try:
        cli.main(["--config", str(config), "preflight", *arguments])
    except SystemExit as end:
        status = int(end.code or 0)
    said = capsys.readouterr()
    return status, said.out, said.err


def rows(url: URL, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of `query`."""
    with create_engine(url, poolclass=NullPool).connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


@pytest.mark.parametrize("sources", [recorded.SOURCES, WRONG], ids=["ready", "refused"])
@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_it_changes_nothing(
    sources: Sources, arguments: tuple[str, ...], old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole database is as before, whatever the answer."""
    before = snapshot(old)
    preflight(old, tmp_path, capsys, *arguments, sources=sources)
    assert snapshot(old) == before


def test_the_plan_is_what_the_upgrade_then_does(
    old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sources, positions, tables and pending events, as the 2.0.0 catalogue has them afterwards."""
    status, output, _ = preflight(old, tmp_path, capsys, "2.0.0", "--json")
    found = json.loads(output)
    assert status == 0
    assert found["ready"] is True
    assert [step["revision"] for step in found["steps"]] == ["2.0.0"]
    plan = found["plan"]
    cli.main(["--config", str(tmp_path / "upgraded.yml"), "upgrade", "2.0.0"])
    assert [tuple(source.values()) for source in plan["new_sources"]] == rows(
        old,
        "SELECT t_source, batch.t_binlog_name || ':' || batch.i_binlog_position,"
        " src.t_binlog_name || ':' || src.i_binlog_position"
        " FROM sch_chameleon.t_sources src JOIN sch_chameleon.t_replica_batch batch USING (i_id_source)",
    )
    assert [(table["schema"], table["name"], table["key"]) for table in plan["tables"]] == rows(
        old,
        "SELECT v_schema_name, v_table_name, v_table_pkey FROM sch_chameleon.t_replica_tables ORDER BY 1, 2",
    )
    assert [
        (source["name"], source["pending_batches"], source["pending_events"])
        for source in plan["old_sources"]
    ] == rows(
        old,
        "SELECT t_source, count(*), sum(i_replayed + i_ddl + i_skipped)"
        " FROM _sch_chameleon_version1.t_replica_batch JOIN _sch_chameleon_version1.t_sources USING (i_id_source)"
        " WHERE b_replayed GROUP BY t_source ORDER BY 1",
    )
    assert {name for (name,) in rows(old, "SELECT nspname FROM pg_namespace")} >= set(
        plan["renamed"].values()
    )


def test_every_finding_is_shown_with_its_remedy(
    old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not only the first; the exit status is not 0, and there is no plan."""
    status, output, errors = preflight(old, tmp_path, capsys, "--json", sources=WRONG)
    found = json.loads(output)
    assert status == 255
    assert "FAILED: an upgrade would not start" in errors
    assert found["plan"] is None
    (check,) = [check for check in found["checks"] if check["found"]]
    assert len(check["found"]) == 2
    assert "Make sources.*.schema_mappings list exactly" in check["remedy"]


def test_what_cannot_be_asked_yet_is_shown_so(
    old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A check that needs an earlier one is neither passed nor failed."""
    execute(old, "CREATE SCHEMA _sch_chameleon_version2")
    status, output, _ = preflight(old, tmp_path, capsys, "--json")
    founds = [check["found"] for check in json.loads(output)["checks"]]
    assert status == 255
    assert None in founds
    assert [
        "DROP SCHEMA _sch_chameleon_version2 CASCADE" in line for found in founds for line in found or ()
    ] == [True]


def test_it_asks_what_the_upgrade_asks(old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check in a revision's hook appears, without a line about it elsewhere."""
    hook = find(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")), "2.0.0", UPGRADE)
    assert hook is not None
    _, output, _ = preflight(old, tmp_path, capsys, "2.0.0", "--json")
    shown = [check["needed"] for check in json.loads(output)["checks"]]
    assert shown[1:] == [read_check(file).needed for file in [*hook.needs, *hook.checks]]
    assert any("gave no answer" in line for line in json.loads(output)["passed_over"])
    assert all(shown)


def test_the_table_reads_at_a_glance(old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Checks, steps, sources, positions and schemas, and no secret."""
    status, output, errors = preflight(old, tmp_path, capsys)
    assert status == 0
    for title in ("Checks", "The upgrade from 1.7", "Sources of 1.7", "Sources of 2.0", "Schemas"):
        assert title in output
    assert "s3cret" not in output + errors


@pytest.mark.parametrize(
    ("revision", "said"),
    [("1.7", "there is nothing to upgrade"), ("3.0", "there is no way up from 1.7 to 3.0")],
)
def test_no_upgrade_to_start(
    revision: str, said: str, old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit status is 0 only if an upgrade would start."""
    status, _, errors = preflight(old, tmp_path, capsys, revision)
    assert status == 255
    assert said in errors

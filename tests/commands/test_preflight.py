"""What ``chameleon-migrations preflight`` says, against what the upgrade then does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
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
from chameleon_migrations.checks.hook import ALWAYS, find
from chameleon_migrations.errors import REFUSED
from devtools import recorded
from devtools.config_file import ROOT, Sources, write_config
from devtools.server import execute
from devtools.versions import HEAD, VERSIONS
from tests.support.command import Alembic
from tests.support.schemas import parse
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)


WRONG = {"mysql": {"my_schema_01": "db_schema_01", "my_schema_03": "db_schema_02"}}


@pytest.fixture
def old(database: URL) -> URL:
    """A recorded 1.7 catalogue."""
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


def number_of_checks() -> int:
    """Return how many checks an upgrade from 1.7 asks: those of its hook, and those that every command asks."""
    hook = find(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")), "2.0.0", UPGRADE)
    assert hook is not None
    return len([*ALWAYS, *hook.needs, *hook.checks, *hook.log])


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
    found = parse("preflight", output)
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
    found = parse("preflight", output)
    assert status == REFUSED
    failed = f"1 of {number_of_checks()} checks failed"
    assert f"FAILED: an upgrade would not start: {failed}: Schema mappings match" in errors
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
    founds = [check["found"] for check in parse("preflight", output)["checks"]]
    assert status == REFUSED
    assert None in founds
    assert [
        "DROP SCHEMA _sch_chameleon_version2 CASCADE" in line for found in founds for line in found or ()
    ] == [True]


def test_it_asks_what_the_upgrade_asks(old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check in a revision's hook appears, without a line about it elsewhere."""
    hook = find(ScriptDirectory.from_config(Config(ROOT / "alembic.ini")), "2.0.0", UPGRADE)
    assert hook is not None
    _, output, _ = preflight(old, tmp_path, capsys, "2.0.0", "--json")
    shown = [check["needed"] for check in parse("preflight", output)["checks"]]
    asked = [*hook.needs, *hook.checks, *hook.log]
    assert shown[len(ALWAYS) :] == [read_check(file).needed for file in asked]
    assert any("gave no answer" in line for line in parse("preflight", output)["warnings"])
    assert all(shown)


def test_it_reads_at_a_glance(old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On 80 columns and 24 lines: where it leads, sources and positions whole, one line for the checks, and the verdict."""
    status, output, errors = preflight(old, tmp_path, capsys)
    lines = output.splitlines()
    assert status == 0
    assert lines[0] == f"Upgrade 1.7 → {HEAD}, {len(VERSIONS) - 1} steps"
    for source, position in rows(
        old,
        "SELECT t_source, t_binlog_name || ':' || i_binlog_position FROM sch_chameleon.t_replica_batch"
        " JOIN sch_chameleon.t_sources USING (i_id_source) WHERE NOT b_processed",
    ):
        (block,) = re.findall(rf"takes in {source}: .*\n.* at (.*)\n", output)
        assert block == position
    assert f"✓ {number_of_checks()} checks" in lines
    assert lines[-2].startswith("✓ Ready: 2 sources, 7 tables, 546 pending events, about 0 s")
    assert (
        lines[-1].strip()
        == f"Next: chameleon-migrations --config {tmp_path}/upgraded.yml rehearse {HEAD}, then upgrade {HEAD}"
    )
    assert len(lines) <= 24
    assert "s3cret" not in output + errors


def test_what_fails_comes_last(old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What holds is a line each, what does not is last and whole, and the verdict counts it."""
    _, output, _ = preflight(old, tmp_path, capsys, sources=WRONG)
    marks = [line[0] for line in output.splitlines()[1:] if line[0] != " "]
    assert marks == ["✓"] * (number_of_checks() - 1) + ["✗"]
    last = output[output.index("✗") :]
    assert last.splitlines()[0] == "✗ Schema mappings match"
    assert "only in the catalogue   my_schema_02 -> db_schema_02   (source_02)" in last
    assert "Make sources.*.schema_mappings list exactly the catalogue's pairs, then run again." in last


def test_every_title_is_short() -> None:
    """A person reads them in a list of ticks."""
    files = [*(ROOT / "versions").glob("*/checks/*.sql")]
    assert len(files) > 30
    for path in files:
        title = read_check(path.relative_to(ROOT / "versions").as_posix()).title
        assert 2 <= len(title.split()) <= 6, title


def test_marks_where_the_encoding_has_none(old: URL, tmp_path: Path) -> None:
    """A terminal in Latin-1 or ASCII gets plain signs, and no traceback."""
    config = write_config(tmp_path / "upgraded.yml", old, recorded.SOURCES)
    done = subprocess.run(
        [sys.executable, "-m", "chameleon_migrations.cli", "--config", config, "preflight"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"+ {number_of_checks()} checks".encode() in done.stdout


@begins_with(recorded_catalogue, "head")
def test_the_way_back(database: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version below shows the downgrade: all steps' checks, and the plan that the downgrade then carries out."""
    before = snapshot(database)
    status, output, _ = preflight(database, tmp_path, capsys, "1.7", "--json")
    found = parse("preflight", output)
    assert (status, found["ready"], found["direction"]) == (0, True, "downgrade")
    assert len(found["steps"]) == len(VERSIONS) - 1
    assert snapshot(database) == before
    _, shown, _ = preflight(database, tmp_path, capsys, "1.7")
    assert "✓ Ready: 2 sources, 7 tables, 0 pending events" in shown
    Alembic(tmp_path / "upgraded.yml").must("downgrade", "1.7")
    assert [
        (source["name"], source["resume_position"], source["tables"]) for source in found["plan"]["sources"]
    ] == rows(
        database,
        "SELECT t_source, t_binlog_name || ':' || i_binlog_position,"
        " (SELECT count(*) FROM sch_chameleon.t_replica_tables tab WHERE tab.i_id_source = src.i_id_source)"
        " FROM sch_chameleon.t_replica_batch JOIN sch_chameleon.t_sources src USING (i_id_source)"
        " WHERE NOT b_processed ORDER BY 1",
    )


@begins_with(recorded_catalogue, "head")
def test_the_way_back_that_is_blocked(
    database: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The blockers of the downgrade are found before it."""
    execute(database, "DROP SCHEMA _sch_chameleon_version1 CASCADE")
    status, output, errors = preflight(database, tmp_path, capsys, "1.7")
    assert status == REFUSED
    assert "✗ Kept 1.7 catalogue is there" in output
    assert "a downgrade would not start: 1 of " in errors


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_at_the_version_there_is_nothing_to_do(
    arguments: tuple[str, ...], old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says so, and that is no failure."""
    status, output, _ = preflight(old, tmp_path, capsys, "1.7", *arguments)
    assert status == 0
    assert parse("preflight", output)["steps"] == [] if arguments else "there is nothing to do" in output


def test_no_way_there(old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A version that is none is refused."""
    status, _, errors = preflight(old, tmp_path, capsys, "3.0")
    assert status == REFUSED
    assert "there is no way from 1.7 to 3.0" in errors


def test_tables_that_are_replayed_in_order(
    old: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan names what keeps the replay from being fast."""
    execute(old, "ALTER TABLE db_schema_01.orders ADD CHECK (true)")
    _, output, _ = preflight(old, tmp_path, capsys)
    _, known, _ = preflight(old, tmp_path, capsys, "--json")
    (way,) = [way for way in parse("preflight", known)["plan"]["replay"] if way["table"] == "orders"]
    assert way["reason"] == "it has a check constraint"
    assert (
        f"replayed in order because it has a check constraint: db_schema_01.orders ({way['events']})"
        in output
    )

"""What ``chameleon-migrations status`` says of a catalogue of either kind."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, create_engine, select
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli
from chameleon_migrations.database.attempts import history
from devtools import recorded
from devtools.config_file import write_config
from devtools.server import execute
from devtools.versions import HEAD
from tests.support.command import Alembic
from tests.support.schemas import parse
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)

EACH = [
    pytest.param(version, marks=begins_with(recorded_catalogue, version))
    for version in ("1.7", "2.0.0", "head")
]
"""The versions that a command is run at."""


@pytest.fixture
def config(database: URL, tmp_path: Path) -> Path:
    """The configuration file of the recorded catalogue."""
    return write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)


OUTCOMES = [
    done["events"]
    for done in json.loads((recorded.RECORDED / "expected" / "catalogue-2.0.json").read_text())[
        "pending_events_replayed"
    ].values()
]
"""How many events each source's pending batches hold."""


def status(config: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the command's JSON object."""
    capsys.readouterr()
    cli.main(["--config", str(config), "status", "--json"])
    return parse("status", capsys.readouterr().out)


@pytest.mark.parametrize("version", EACH)
@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_it_changes_nothing(
    version: str, arguments: list[str], config: Path, database: URL, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole database is as before, at any version, and no secret is shown."""
    before = snapshot(database)
    cli.main(["--config", str(config), "status", *arguments])
    assert snapshot(database) == before
    assert "s3cret" not in capsys.readouterr().out


def test_a_1_7_catalogue(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Old sources with their one schema, and the batches that are read and not applied."""
    found = status(config, capsys)
    assert found["version"] == "1.7"
    assert [(source["name"], source["mappings"]) for source in found["sources"]] == [
        ("source_01", {"my_schema_01": "db_schema_01"}),
        ("source_02", {"my_schema_02": "db_schema_02"}),
    ]
    replayed = json.loads((recorded.RECORDED / "expected" / "catalogue-2.0.json").read_text())[
        "pending_events_replayed"
    ]
    assert {
        source["name"]: (source["pending_batches"], source["pending_events"]) for source in found["sources"]
    } == {name: (len(done["batches"]), done["events"]) for name, done in replayed.items()}
    assert found["kept"] == []


@pytest.mark.parametrize("version", EACH[1:])
def test_a_2_0_catalogue(version: str, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """New sources, where they go on and where they are consistent, tables with their positions, and what is kept beside."""
    found = status(config, capsys)
    expected = json.loads((recorded.RECORDED / "expected" / "catalogue-2.0.json").read_text())
    ((source, there, batch),) = zip(
        found["sources"], expected["t_sources"], expected["t_replica_batch"], strict=True
    )
    assert source["mappings"] == there["jsb_schema_mappings"]
    assert source["consistent"] is False
    assert source["high_watermark"] == f"{there['t_binlog_name']}:{there['i_binlog_position']}"
    assert source["resume_position"] == f"{batch['t_binlog_name']}:{batch['i_binlog_position']}"
    assert (source["pending_batches"], source["pending_events"]) == (0, 0)
    assert {(table["schema"], table["name"], table["position"]) for table in found["tables"]} == {
        (
            table["v_schema_name"],
            table["v_table_name"],
            f"{table['t_binlog_name']}:{table['i_binlog_position']}",
        )
        for table in expected["t_replica_tables"]
    }
    assert [(kept["schema"], kept["bytes"] > 100_000) for kept in found["kept"]] == [
        ("_sch_chameleon_version1", True)
    ]


@begins_with(recorded_catalogue, "head")
def test_what_2_0_has_read_and_not_applied(
    config: Path, database: URL, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pending batches of 2.0 are counted, with their events in whichever log table they are."""
    execute(
        database,
        "UPDATE sch_chameleon.t_replica_batch SET b_started = true, b_processed = true",
        """INSERT INTO sch_chameleon.t_log_replica_mysql_2
               (i_id_batch, v_table_name, v_schema_name, enm_binlog_event)
           SELECT i_id_batch, 'users', 'db_schema_01', 'insert'
           FROM sch_chameleon.t_replica_batch, generate_series(1, 3)""",
        "UPDATE sch_chameleon.t_replica_tables SET b_replica_enabled = false WHERE v_table_name = 'users'",
    )
    found = status(config, capsys)
    assert [(source["pending_batches"], source["pending_events"]) for source in found["sources"]] == [(1, 3)]
    assert [table["name"] for table in found["tables"] if not table["replicated"]] == ["users"]


def test_the_history_s_last_rows(config: Path, database: URL, capsys: pytest.CaptureFixture[str]) -> None:
    """What was done, and what came of it, the latest first; nothing before the first upgrade; times as in the database."""
    assert status(config, capsys)["history"] == []
    Alembic(config).must("upgrade", "2.0.1")
    found = status(config, capsys)["history"]
    assert [(past["from_version"], past["to_version"], past["outcome"]) for past in found] == [
        ("2.0.0", "2.0.1", "done"),
        ("1.7", "2.0.0", "done"),
    ]
    assert found[1]["events_replayed"] == sum(OUTCOMES)
    with create_engine(database, poolclass=NullPool).connect() as connection:
        assert [
            (datetime.fromisoformat(past["started"]), timedelta(seconds=past["duration"])) for past in found
        ] == [
            tuple(row)
            for row in connection.execute(
                select(history.c.started, history.c.duration).order_by(history.c.started.desc())
            )
        ]


@begins_with(recorded_catalogue, "head")
def test_it_fits_a_terminal(config: Path, database: URL, capsys: pytest.CaptureFixture[str]) -> None:
    """On 80 columns: positions and schemas whole, a line for each command, and what drops the kept schema."""
    execute(
        database, "UPDATE sch_chameleon.t_last_replayed SET ts_last_replayed = '2026-11-20 10:11:12.345678'"
    )
    Alembic(config).must("downgrade", "2.0.9")
    capsys.readouterr()
    cli.main(["--config", str(config), "status"])
    lines = capsys.readouterr().out.splitlines()
    (source,) = status(config, capsys)["sources"]
    assert lines[0] == "The catalogue is 2.0.9."
    assert "  my_schema_02 -> db_schema_02" in lines
    assert f"  reads on from {source['resume_position']}" in lines
    assert f"  not consistent until it has read to {source['high_watermark']}" in lines
    assert "  replayed up to 2026-11-20 10:11:12" in lines
    assert "  DROP SCHEMA _sch_chameleon_version1 CASCADE" in lines
    back, up = lines[lines.index("History, the latest first") + 1 :]
    assert re.fullmatch(rf"  \S+ \S+  {HEAD} → 2.0.9 +done +\d+\.\d s  0 events", back)
    assert re.fullmatch(rf"  \S+ \S+  1.7 → {HEAD} +done +\d+\.\d s  {sum(OUTCOMES)} events", up)
    assert max(map(len, lines)) <= 80

"""What a failed upgrade, and an interrupted one by pg_chameleon itself, leave behind is named, with what clears it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import URL

from chameleon_migrations import __version__
from tests.command import Alembic, write_config
from tests.faults import fail_after
from tests.installed import INSTALLATIONS
from tests.safety.recorded_states import States
from tests.safety.sessions import rows
from tests.server import execute
from tests.snapshot import snapshot


def test_the_post_mortem_tells_step_error_time_and_version(states: States, tmp_path: Path) -> None:
    """The schema that is kept holds a row that says what happened."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        with fail_after(0, starting="INSERT INTO sch_chameleon.t_replica_tables"):
            alembic.must_fail("upgrade", "2.0.0")
        [row] = rows(database, "SELECT * FROM _sch_chameleon_version2.post_mortem")
        assert (row["step"], row["error"]) == ("migrate the tables", "SQLSTATE 22012 - division by zero")
        assert datetime.now(timezone.utc) - row["happened"] < timedelta(minutes=1)
        assert (row["catalogue_version"], row["package_version"]) == ("1.7", __version__)


def test_where_nothing_can_be_kept_everything_is_undone(states: States, tmp_path: Path) -> None:
    """When the note itself cannot be written, the transaction puts back what there was."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        with (
            fail_after(0, starting="INSERT INTO sch_chameleon.t_replica_tables"),
            fail_after(0, starting="CREATE TABLE _sch_chameleon_version2.post_mortem"),
        ):
            said = alembic.must_fail("upgrade", "2.0.0")
        assert "the step 'migrate the tables' failed" in said
        assert "nothing was changed" in said
        assert states.version(database) == "1.7"
        assert rows(database, "SELECT to_regnamespace('_sch_chameleon_version2') AS kept") == [{"kept": None}]


AWAY = "ALTER SCHEMA sch_chameleon RENAME TO _sch_chameleon_version1"
SOURCE = (
    "INSERT INTO sch_chameleon.t_sources (t_source, jsb_schema_mappings, enm_source_type, v_log_table)"
    """ VALUES ('mysql', '{"my_schema_01": "db_schema_01"}', 'mysql', '{log_1,log_2}')"""
)
TABLE = (
    "INSERT INTO sch_chameleon.t_replica_tables (i_id_source, v_table_name, v_schema_name, v_table_pkey, b_replica_enabled)"
    " VALUES (1, 'orders', 'db_schema_01', '{id}', true)"
)
INTERRUPTED = {
    "after the renaming": ([AWAY], "there is no schema sch_chameleon"),
    "after the new catalogue": ([AWAY, *INSTALLATIONS["2.0.0"]], "no source"),
    "after the sources": ([AWAY, *INSTALLATIONS["2.0.0"], SOURCE], "no registered table"),
    "after the tables": ([AWAY, *INSTALLATIONS["2.0.0"], SOURCE, TABLE], "no batch of the source mysql"),
}


@pytest.mark.parametrize(("statements", "said"), INTERRUPTED.values(), ids=INTERRUPTED.keys())
@pytest.mark.parametrize("command", [["upgrade", "2.0.0"], ["upgrade", "head"], ["downgrade", "1.7"]])
def test_an_interrupted_upgrade_by_pg_chameleon(
    states: States, tmp_path: Path, command: list[str], statements: list[str], said: str
) -> None:
    """pg_chameleon would call it up to date; here it is refused, and the command in the message repairs it."""
    with states.copy("1.7", tmp_path) as (database, alembic):
        execute(database, *statements)
        before = snapshot(database)
        output = alembic.must_fail(*command)
        assert said in output
        assert snapshot(database) == before
        repair(database, output)
        alembic.must("upgrade", "2.0.0")
        assert states.version(database) == "2.0.0"


def repair(database: URL, output: str) -> None:
    """Run the commands that put the 1.7 catalogue back, as the message has them."""
    words = output.rsplit("FAILED", 1)[1].replace(";", " ").split()
    commands = [" ".join(words[i : i + 6]) for i, word in enumerate(words) if word == "ALTER"]
    assert commands
    execute(database, *commands)


def test_an_empty_2_0_catalogue_beside_an_empty_1_7_is_no_accident(database: URL, tmp_path: Path) -> None:
    """A catalogue created from nothing and upgraded has no source either."""
    alembic = Alembic(write_config(tmp_path / "new.yml", database, {"mysql": {"my": "db"}}))
    alembic.must("-x", "create=YES", "upgrade", "2.0.0")
    alembic.must("-x", "create=YES", "downgrade", "1.7")

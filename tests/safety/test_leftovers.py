"""What a failed upgrade leaves behind tells what happened."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine
from sqlalchemy.pool import NullPool

from chameleon_migrations import __version__
from devtools.config_file import write_config
from devtools.structure import recorded, structure
from tests.support.command import Alembic
from tests.support.faults import fail_after
from tests.support.safety.recorded_states import States
from tests.support.safety.sessions import rows


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


@pytest.mark.parametrize(
    ("command", "starting", "live"),
    [
        (["downgrade", "1.7"], "ALTER SCHEMA _sch_chameleon_version1 RENAME", "2.0.0"),
        (["upgrade", "head"], "CREATE TABLE sch_chameleon.t_indexes", "2.0.6"),
    ],
)
def test_a_step_that_fails_says_what_is_live(
    states: States, tmp_path: Path, command: list[str], starting: str, live: str
) -> None:
    """It is the version that was there before the step, and it is."""
    with states.copy("2.0.0", tmp_path) as (database, alembic):
        with fail_after(0, starting=starting):
            said = alembic.must_fail(*command)
        assert f"division by zero; it is undone: the catalogue that is live is {live}, whole" in said
        assert alembic.current().split()[0] == live
        with create_engine(database, poolclass=NullPool).connect() as connection:
            assert structure(connection) == recorded(live)


def test_an_empty_2_0_catalogue_beside_an_empty_1_7_is_no_accident(database: URL, tmp_path: Path) -> None:
    """A catalogue created from nothing and upgraded has no source either."""
    alembic = Alembic(write_config(tmp_path / "new.yml", database, {"mysql": {"my": "db"}}))
    alembic.must("-x", "create=YES", "upgrade", "2.0.0")
    alembic.must("-x", "create=YES", "downgrade", "1.7")

"""A downgrade that is not possible is refused before anything is changed."""

from __future__ import annotations

import pytest
from sqlalchemy import URL

from devtools.server import execute
from devtools.versions import HEAD
from tests.support.carried_back import ALL, MAPPINGS, SOURCES, upgraded
from tests.support.command import Alembic
from tests.support.replicated_progress import NewTable, Progress, carried_back, read_back, replicate
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with

pytestmark = begins_with(upgraded)


def set_sources(assignment: str) -> str:
    return f"UPDATE sch_chameleon.t_sources SET {assignment}"


def set_resume(assignment: str) -> str:
    return f"UPDATE sch_chameleon.t_replica_batch SET {assignment} WHERE NOT b_processed"


def test_the_way_back_from_the_head(database: URL, alembic: Alembic) -> None:
    """What is refused is refused before the first step down; else the whole chain is taken."""
    alembic.must("upgrade", HEAD)
    made = {"mysql": Progress(("mysql-bin.000002", 300), tables=[*ALL, NewTable("db_3", "v")])}
    replicate(database, made)
    execute(database, set_resume("t_binlog_name = 'other-bin.000007'"))
    before = snapshot(database)
    assert "mysql of 2.0 is at other-bin.000007" in alembic.must_fail("downgrade", "1.7")
    assert snapshot(database) == before
    execute(database, set_resume("t_binlog_name = 'mysql-bin.000002'"))
    alembic.must("downgrade", "1.7")
    assert read_back(database) == carried_back(SOURCES, MAPPINGS, made)


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        pytest.param(
            [set_sources("""jsb_schema_mappings = jsb_schema_mappings || '{"my_4": "db_4"}'""")],
            "only in 2.0   my_4 -> db_4   (mysql)",
            id="mapping added",
        ),
        pytest.param(
            [set_sources("jsb_schema_mappings = jsb_schema_mappings - 'my_2'")],
            "only in 1.7   my_2 -> db_2   (second)",
            id="mapping removed",
        ),
        pytest.param(
            [set_resume("t_binlog_name = 'other-bin.000007'")],
            "first was at mysql-bin.000002, and mysql of 2.0 is at other-bin.000007, offset 100",
            id="another binlog",
        ),
        pytest.param(
            [set_resume("t_binlog_name = 'mysql-bin.000001'")],
            "second was at mysql-bin.000002, and mysql of 2.0 is at mysql-bin.000001, offset 100",
            id="an earlier binlog",
        ),
        pytest.param([set_resume("b_processed = true")], "mysql has no batch to go on from", id="no batch"),
        pytest.param(
            [set_resume("t_binlog_name = 'mysql-bin'")],
            "at mysql-bin, offset 100, which is no binlog position",
            id="no position",
        ),
        pytest.param(
            ["UPDATE sch_chameleon.t_replica_tables SET t_binlog_name = NULL WHERE v_table_name = 'u'"],
            "db_1.u was synced up to (none), offset 101, which is no binlog position",
            id="half a position",
        ),
        pytest.param(
            [
                "UPDATE sch_chameleon.t_replica_tables SET i_binlog_position = 2147483647 WHERE v_table_name = 'u'",
            ],
            "db_1.u goes on from mysql-bin.000002, offset 2147483648, which is beyond 2147483647",
            id="a table's offset too large",
        ),
        pytest.param(
            [
                "ALTER TABLE sch_chameleon.t_replica_batch ALTER i_binlog_position TYPE bigint",
                set_resume("i_binlog_position = 2147483648"),
            ],
            "first goes on from mysql-bin.000002, offset 2147483648, which is beyond 2147483647",
            id="an offset too large",
        ),
        pytest.param(
            [
                "UPDATE sch_chameleon.t_replica_tables SET v_table_pkey = ARRAY[repeat('a', 50), repeat('b', 50)]"
                " WHERE v_table_name = 'u'",
            ],
            "db_1.u has a key of 105 characters, which is more than 100",
            id="a key too long",
        ),
        pytest.param(
            ["DROP INDEX _sch_chameleon_version1.idx_t_replica_tables_table_schema"],
            "CREATE UNIQUE INDEX ON _sch_chameleon_version1.t_replica_tables (i_id_source, v_schema_name, v_table_name)",
            id="no unique index of tables",
        ),
        pytest.param(
            ["DROP INDEX _sch_chameleon_version1.idx_t_replica_batch_binlog_name_position"],
            "CREATE UNIQUE INDEX ON _sch_chameleon_version1.t_replica_batch (i_binlog_position, i_id_source, t_binlog_name)",
            id="no unique index of batches",
        ),
    ],
)
def test_what_cannot_be_carried_back_is_refused(
    database: URL, alembic: Alembic, statements: list[str], said: str
) -> None:
    """It is named before anything is changed."""
    execute(database, *statements)
    before = snapshot(database)
    output = alembic.must_fail("downgrade", "1.7")
    assert said in output
    assert "nothing was changed" in output
    assert snapshot(database) == before


def test_a_role_that_may_not(server: URL, database: URL, alembic: Alembic) -> None:
    """The owner of the 1.7 catalogue is needed too."""
    admin = server.set(database=database.database)
    execute(admin, "ALTER SCHEMA _sch_chameleon_version1 OWNER TO CURRENT_USER")
    execute(admin, "GRANT ALL ON SCHEMA _sch_chameleon_version1 TO usr_replica")
    before = snapshot(database)
    assert "is not the owner of the schema _sch_chameleon_version1" in alembic.must_fail("downgrade", "1.7")
    assert snapshot(database) == before

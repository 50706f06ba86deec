"""What stops the upgrade before anything is changed, and how it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.config_file import write_config
from tests.support.command import Alembic
from tests.support.old_catalogue import Mappings, OldSource, OldTable, build
from tests.support.snapshot import snapshot

ONE = OldSource("one", "my_1", "db_1")
TWO = OldSource("two", "my_2", "db_2")


def refusal(database: URL, tmp_path: Path, sources: list[OldSource], mappings: Mappings) -> str:
    """Return what the refused upgrade says; nothing has changed by it."""
    build(database, sources)
    return refused(database, Alembic(write_config(tmp_path / "new.yml", database, mappings)))


def refused(database: URL, alembic: Alembic) -> str:
    before = snapshot(database)
    said = alembic.must_fail("upgrade", "2.0.0")
    assert snapshot(database) == before
    assert "nothing was changed" in said
    return said


@pytest.mark.parametrize(
    ("sources", "mappings", "said"),
    [
        pytest.param(
            [ONE, TWO],
            {"mysql": {"my_1": "db_1"}},
            ["only in the catalogue   my_2 -> db_2   (two)"],
            id="lacks a pair",
        ),
        pytest.param(
            [ONE],
            {"mysql": {"my_1": "db_1", "my_2": "db_2"}},
            ["only in the file        my_2 -> db_2   (sources.mysql.schema_mappings)"],
            id="has a pair too many",
        ),
        pytest.param(
            [ONE, TWO],
            {"a": {"my_1": "db_x"}, "b": {"my_9": "db_9"}},
            ["my_1 -> db_1", "my_2 -> db_2", "my_1 -> db_x", "my_9 -> db_9"],
            id="every difference",
        ),
        pytest.param(
            [OldSource("one", None, "db_1")],
            {"a": {"my_1": "db_1"}},
            ["start its 1.8.2 replica once"],
            id="no MySQL schema",
        ),
        pytest.param(
            [ONE],
            {"a": {"my_1": "db_1"}, "b": {"my_1": "db_1"}},
            ["db_1 is the destination of my_1 (sources.a.schema_mappings), my_1 (sources.b.schema_mappings)"],
            id="destination twice",
        ),
        pytest.param(
            [ONE, OldSource("two", "my_2", "db_2", ("other-bin.000001", 4))],
            {"a": {"my_1": "db_1", "my_2": "db_2"}},
            ["one (mysql-bin.000001), two (other-bin.000001)"],
            id="two servers",
        ),
        pytest.param(
            [OldSource("one", "my_1", "db_1", resume=None)],
            {"a": {"my_1": "db_1"}},
            ["one has 1 registered tables and no batch"],
            id="tables without a batch",
        ),
        pytest.param(
            [OldSource("one", "my_1", "db_1", ("mysql-bin", 4))],
            {"a": {"my_1": "db_1"}},
            ["at mysql-bin, offset 4, which is no binlog position"],
            id="no binlog file",
        ),
        pytest.param(
            [ONE], {"ö" * 18: {"my_1": "db_1"}}, ["its name has 36 bytes", "at most 34 bytes"], id="long name"
        ),
    ],
)
def test_a_catalogue_and_a_file_that_do_not_fit(
    database: URL, tmp_path: Path, sources: list[OldSource], mappings: Mappings, said: list[str]
) -> None:
    """Each difference is named."""
    output = refusal(database, tmp_path, sources, mappings)
    for line in said:
        assert line in output


def test_a_source_without_its_mysql_schema_is_started_not_written_anew(database: URL, tmp_path: Path) -> None:
    """The file is right where 1.8.2 was never started; it is blamed for another pair only."""
    sources = [ONE, OldSource("two", None, "db_2"), OldSource("three", None, "db_3")]
    output = refusal(database, tmp_path, sources, {"a": {"my_1": "db_1", "my_2": "db_2"}})
    assert "(none) -> db_2   (two: start its 1.8.2 replica once)" in output
    assert "(none) -> db_3   (three: start its 1.8.2 replica once)" in output
    assert "Start the 1.8.2 replica of each once" in output
    assert "schema_mappings" not in output
    output = refused(
        database,
        Alembic(write_config(tmp_path / "other.yml", database, {"a": {"my_1": "db_1", "my_9": "db_9"}})),
    )
    assert "only in the file        my_9 -> db_9" in output
    assert "(two: start its 1.8.2 replica once)" in output


def test_a_source_of_another_type_in_pg_chameleons_own_example(database: URL, tmp_path: Path) -> None:
    """Its keys are under `db_conn`: a catalogue of 2.0 has nothing against it, and for 1.7 it is named as not MySQL."""
    build(database, [ONE])
    config = write_config(tmp_path / "new.yml", database, {"a": {"my_1": "db_1"}})
    alembic = Alembic(config)
    alembic.must("upgrade", "2.0.3")
    content = yaml.safe_load(config.read_text())
    connection = content["sources"]["a"]["db_conn"] | {"type": "pgsql", "schema_mappings": {"x": "y"}}
    config.write_text(
        yaml.safe_dump(content | {"sources": content["sources"] | {"pgsql": {"db_conn": connection}}})
    )
    for command in (("upgrade", "head"), ("current",), ("downgrade", "2.0.0"), ("downgrade", "1.7")):
        alembic.must(*command)
    run(database, "DROP SCHEMA _sch_chameleon_version2 CASCADE")
    assert "sources.pgsql.type is pgsql" in refused(database, alembic)


def test_a_source_of_another_type(database: URL, tmp_path: Path) -> None:
    """1.7 knows MySQL only."""
    build(database, [ONE])
    config = write_config(tmp_path / "new.yml", database, {"a": {"my_1": "db_1"}})
    config.write_text(config.read_text().replace("type: mysql", "type: pgsql"))
    assert "sources.a.type is pgsql" in refused(database, Alembic(config))


@pytest.mark.parametrize("schema", ["_sch_chameleon_version1", "_sch_chameleon_version2"])
def test_a_schema_in_the_way(database: URL, tmp_path: Path, schema: str) -> None:
    """The message has the command that clears it."""
    run(database, f"CREATE SCHEMA {schema}")
    output = refusal(database, tmp_path, [ONE], {"a": {"my_1": "db_1"}})
    assert f"DROP SCHEMA {schema} CASCADE" in output


@pytest.mark.parametrize(
    ("taken", "lacks"),
    [
        ("REVOKE CREATE ON DATABASE {database} FROM weak, PUBLIC", "lacks CREATE on the database"),
        ("REVOKE TEMPORARY ON DATABASE {database} FROM weak, PUBLIC", "lacks TEMPORARY on the database"),
        (
            "ALTER SCHEMA sch_chameleon OWNER TO {superuser}; GRANT USAGE ON SCHEMA sch_chameleon TO weak",
            "is not the owner of the schema sch_chameleon",
        ),
        (
            "ALTER TABLE sch_chameleon.t_sources OWNER TO {superuser}; GRANT SELECT ON sch_chameleon.t_sources TO weak",
            "t_sources",
        ),
    ],
)
def test_a_role_that_may_not(server: URL, database: URL, tmp_path: Path, taken: str, lacks: str) -> None:
    """What the role lacks is said before anything is changed."""
    build(database, [ONE])
    admin = server.set(database=database.database)
    names = {"database": f'"{database.database}"', "superuser": server.username}
    run(
        admin,
        "DROP ROLE IF EXISTS weak; CREATE ROLE weak LOGIN PASSWORD 'weak'",
        f"GRANT ALL ON DATABASE {names['database']} TO weak",
        "GRANT ALL ON SCHEMA sch_chameleon TO weak",
        "GRANT ALL ON ALL TABLES IN SCHEMA sch_chameleon TO weak",
        "ALTER SCHEMA sch_chameleon OWNER TO weak",
        *(f"ALTER TABLE sch_chameleon.{table} OWNER TO weak" for table in tables(database)),
        taken.format(**names),
    )
    try:
        weak = database.set(username="weak", password="weak")
        assert lacks in refused(
            database.set(username=server.username, password=server.password or ""),
            Alembic(write_config(tmp_path / "new.yml", weak, {"a": {"my_1": "db_1"}})),
        )
    finally:
        run(admin, "REASSIGN OWNED BY weak TO usr_replica; DROP OWNED BY weak; DROP ROLE weak")


def test_a_half_catalogue(database: URL, tmp_path: Path) -> None:
    """A table of the catalogue that is missing is named, without a traceback."""
    build(database, [ONE])
    run(
        database,
        "DROP TABLE sch_chameleon.t_batch_events",
        "ALTER TABLE sch_chameleon.t_sources DROP COLUMN t_source_schema",
    )
    output = refused(database, Alembic(write_config(tmp_path / "new.yml", database, {"a": {"my_1": "db_1"}})))
    assert "sch_chameleon.t_batch_events" in output
    assert "t_source_schema" in output


def test_a_position_of_a_table_that_is_none(database: URL, tmp_path: Path) -> None:
    """A table's own position that cannot be compared is not ignored."""
    tables = [OldTable("t", position=("mysql-bin", 7))]
    output = refusal(
        database, tmp_path, [OldSource("one", "my_1", "db_1", tables=tables)], {"a": {"my_1": "db_1"}}
    )
    assert "db_1.t" in output


def test_no_answer_but_yes_goes_on(database: URL, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal the upgrade asks first; `-x confirm=YES` answers beforehand."""
    build(database, [ONE])
    alembic = Alembic(write_config(tmp_path / "new.yml", database, {"a": {"my_1": "db_1"}}))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for answer in ("", "yes", "no", "Y"):
        monkeypatch.setattr("builtins.input", lambda _, answer=answer: answer)
        refused(database, alembic)
    monkeypatch.setattr("builtins.input", no_question)
    alembic.must("-x", "confirm=YES", "upgrade", "2.0.0")


def no_question(_: str) -> Any:
    pytest.fail("it asked")


def run(database: URL, *statements: str) -> None:
    with create_engine(database, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def tables(database: URL) -> list[str]:
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return list(
            connection.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind IN ('r', 'v')"
                )
            )
        )

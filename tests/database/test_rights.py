"""Who owns the new catalogue, and who may use it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.config_file import write_config
from devtools.server import OWNER
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build
from tests.support.psql import run_script

SOURCE = OldSource("one", "my", "db")
MAPPINGS = {"mysql": {"my": "db"}}


def run(url: URL, *statements: str) -> None:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


@pytest.mark.parametrize("as_superuser", [False, True])
def test_the_owner_stays_the_owner(server: URL, database: URL, tmp_path: Path, as_superuser: bool) -> None:
    """Whoever runs the upgrade, schema, tables, types and functions belong to the old catalogue's owner."""
    build(database, [SOURCE])
    url = server.set(database=database.database) if as_superuser else database
    Alembic(write_config(tmp_path / "new.yml", url, MAPPINGS)).must("upgrade", "2.0.0")
    with create_engine(database, poolclass=NullPool).connect() as connection:
        owners = connection.execute(
            text(
                "SELECT relname, pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'sch_chameleon'::regnamespace"
                " UNION ALL SELECT proname, pg_get_userbyid(proowner) FROM pg_proc"
                " WHERE pronamespace = 'sch_chameleon'::regnamespace"
                " UNION ALL SELECT typname, pg_get_userbyid(typowner) FROM pg_type"
                " WHERE typnamespace = 'sch_chameleon'::regnamespace"
                " UNION ALL SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'sch_chameleon'"
            )
        ).all()
    assert {owner for _, owner in owners} == {OWNER}
    assert len(owners) > 30


def test_who_could_use_the_old_catalogue_can_use_the_new_one(
    server: URL, database: URL, tmp_path: Path
) -> None:
    """A role that could read all of it reads all of it; one that could read a table reads that table."""
    build(database, [SOURCE])
    admin = server.set(database=database.database)
    run(
        admin,
        'DROP ROLE IF EXISTS "Monitor-all", "Monitor one"',
        'CREATE ROLE "Monitor-all"',
        'CREATE ROLE "Monitor one"',
        'GRANT USAGE ON SCHEMA sch_chameleon TO "Monitor-all", "Monitor one"',
        'GRANT SELECT ON ALL TABLES IN SCHEMA sch_chameleon TO "Monitor-all"',
        'GRANT SELECT, UPDATE ON sch_chameleon.t_sources TO "Monitor one" WITH GRANT OPTION',
    )
    try:
        Alembic(write_config(tmp_path / "new.yml", database, MAPPINGS)).must("upgrade", "2.0.0")
        assert readable(database, "Monitor-all") == readable(database, OWNER)
        assert readable(database, "Monitor one") == {"t_sources"}
        with create_engine(database, poolclass=NullPool).connect() as connection:
            assert connection.scalar(
                text(
                    "SELECT has_table_privilege('Monitor one', 'sch_chameleon.t_sources', 'UPDATE WITH GRANT OPTION')"
                )
            )
    finally:
        run(admin, 'DROP OWNED BY "Monitor-all", "Monitor one"', 'DROP ROLE "Monitor-all", "Monitor one"')


def readable(database: URL, role: str) -> set[str]:
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return set(
            connection.scalars(
                text(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind IN ('r', 'v')"
                    " AND has_schema_privilege(:role, relnamespace, 'USAGE') AND has_table_privilege(:role, oid, 'SELECT')"
                ),
                {"role": role},
            )
        )


MEMBER, TEAM, MONITOR = "Anna-Maria", "Replica team", "Über wacher"


@pytest.fixture
def as_admin(server: URL, database: URL) -> Iterator[URL]:
    """The database as a superuser sees it; the roles are there while the test runs."""
    admin = server.set(database=database.database)
    roles = (MEMBER, TEAM, MONITOR)
    for role in roles:
        run(admin, f"CREATE ROLE \"{role}\" LOGIN PASSWORD 'member'")
    yield admin
    for role in roles:
        run(admin, f'REASSIGN OWNED BY "{role}" TO {OWNER}', f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"')


def own_objects(database: URL) -> dict[str, str]:
    """Return the owners of the schema of the version table and of what is in it, by name."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        rows = connection.execute(
            text(
                "SELECT nspname, pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'chameleon_migrations'"
                " UNION ALL SELECT relname, pg_get_userbyid(relowner) FROM pg_class"
                " WHERE relnamespace = to_regnamespace('chameleon_migrations') AND relkind = 'r'"
            )
        )
        return {str(name): str(owner) for name, owner in rows}


def test_the_owner_goes_on_after_a_superuser(as_admin: URL, database: URL, tmp_path: Path) -> None:
    """What a superuser's upgrade leaves belongs to the catalogue's owner, who goes further, and back."""
    build(database, [SOURCE])
    by_admin = Alembic(write_config(tmp_path / "admin.yml", as_admin, MAPPINGS))
    by_owner = Alembic(write_config(tmp_path / "owner.yml", database, MAPPINGS))
    by_admin.must("upgrade", "2.0.0")
    assert own_objects(database) == dict.fromkeys(
        ["chameleon_migrations", "alembic_version", "history"], OWNER
    )
    by_owner.must("upgrade", "2.0.7")
    by_admin.must("upgrade", "2.0.8")
    by_owner.must("current")
    by_owner.must("downgrade", "1.7")


def test_the_owner_goes_on_after_the_script_of_a_superuser(
    as_admin: URL, database: URL, tmp_path: Path
) -> None:
    """The script leaves what the command leaves, and the history comes with the next command."""
    build(database, [SOURCE])
    by_owner = Alembic(write_config(tmp_path / "owner.yml", database, MAPPINGS))
    done = run_script(as_admin, by_owner.script("upgrade", "1.7:2.0.0"))
    assert done.returncode == 0, done.stderr
    assert own_objects(database) == dict.fromkeys(["chameleon_migrations", "alembic_version"], OWNER)
    by_owner.must("upgrade", "2.0.1")


def test_the_members_of_a_group_take_turns(as_admin: URL, database: URL, tmp_path: Path) -> None:
    """A catalogue that a group owns is migrated by one member, and back by another."""
    build(database, [SOURCE])
    run(
        as_admin,
        f'GRANT "{TEAM}" TO {OWNER}, "{MEMBER}"',
        f'GRANT CREATE, TEMPORARY ON DATABASE "{database.database}" TO "{TEAM}"',
        *give_catalogue(database, TEAM),
    )
    member = database.set(username=MEMBER, password="member")
    Alembic(write_config(tmp_path / "one.yml", database, MAPPINGS)).must("upgrade", "2.0.8")
    assert set(own_objects(database).values()) == {TEAM}
    Alembic(write_config(tmp_path / "two.yml", member, MAPPINGS)).must("downgrade", "1.7")
    assert set(own_objects(database).values()) == {TEAM}


def give_catalogue(database: URL, role: str) -> list[str]:
    """Return the statements that give the whole of the catalogue to `role`."""
    with create_engine(database, poolclass=NullPool).connect() as connection:
        return [
            f'ALTER SCHEMA sch_chameleon OWNER TO "{role}"',
            *connection.scalars(
                text(
                    "SELECT format('ALTER %s %s OWNER TO %I', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,"
                    " oid::regclass, :role) FROM pg_class"
                    " WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind IN ('r', 'v')"
                    " UNION ALL SELECT format('ALTER %s %s OWNER TO %I', CASE WHEN aggfnoid IS NULL THEN 'FUNCTION' ELSE"
                    " 'AGGREGATE' END, pg_proc.oid::regprocedure, :role) FROM pg_proc"
                    " LEFT JOIN pg_aggregate ON aggfnoid = pg_proc.oid"
                    " WHERE pronamespace = 'sch_chameleon'::regnamespace"
                ),
                {"role": role},
            ),
        ]


def test_who_may_read_the_catalogue_may_read_the_history(
    as_admin: URL, database: URL, tmp_path: Path
) -> None:
    """A role that watches the catalogue runs `status`, and cannot migrate."""
    build(database, [SOURCE])
    run(
        as_admin,
        f'GRANT USAGE ON SCHEMA sch_chameleon TO "{MONITOR}"',
        f'GRANT SELECT ON ALL TABLES IN SCHEMA sch_chameleon TO "{MONITOR}"',
    )
    Alembic(write_config(tmp_path / "owner.yml", database, MAPPINGS)).must("upgrade", "2.0.0")
    monitor = database.set(username=MONITOR, password="member")
    watching = Alembic(write_config(tmp_path / "monitor.yml", monitor, MAPPINGS))
    assert "2.0.0" in watching.must("current")
    said = watching.must_fail("upgrade", "2.0.1")
    assert f"name {OWNER} in pg_conn" in said
    assert "OWNER TO" not in said


def test_a_schema_that_the_owner_may_not_use_is_mended_by_the_line(
    as_admin: URL, database: URL, tmp_path: Path
) -> None:
    """What an earlier release left to a superuser is refused with the statements that mend it."""
    build(database, [SOURCE])
    by_owner = Alembic(write_config(tmp_path / "owner.yml", database, MAPPINGS))
    by_owner.must("upgrade", "2.0.0")
    superuser = as_admin.username
    run(
        as_admin,
        f'ALTER SCHEMA chameleon_migrations OWNER TO "{superuser}"',
        f'ALTER TABLE chameleon_migrations.alembic_version OWNER TO "{superuser}"',
        f'ALTER TABLE chameleon_migrations.history OWNER TO "{superuser}"',
    )
    for command in (["current"], ["upgrade", "2.0.1"], ["downgrade", "1.7"]):
        said = by_owner.must_fail(*command)
        assert "Traceback" not in said
        statements = set(re.findall(r"ALTER [^;]* OWNER TO [^;]*;", said))
        assert len(statements) == 3, said
    run(as_admin, *statements)
    by_owner.must("current")
    by_owner.must("downgrade", "1.7")

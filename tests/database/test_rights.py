"""Who owns the new catalogue, and who may use it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from devtools.config_file import write_config
from devtools.server import OWNER
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, build

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

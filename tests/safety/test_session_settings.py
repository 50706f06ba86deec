"""Settings, encodings and modes that a role, a database or a server may have: the whole job comes out the same."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg2
import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.pool import NullPool

from chameleon_migrations import cli, replay
from chameleon_migrations.database.session import SETTINGS, opened
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import OWNER, execute
from devtools.structure import recorded as recorded_structure
from devtools.structure import structure
from devtools.versions import HEAD
from tests.support.command import Alembic
from tests.support.psql import run_script
from tests.support.safety.recorded_states import States
from tests.support.snapshot import snapshot
from tests.support.templates import begins_with, recorded_catalogue
from tests.versions.test_chain import FILL

pytestmark = begins_with(recorded_catalogue)

UNUSUAL = {
    "standard_conforming_strings": "off",
    "backslash_quote": "off",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "row_security": "off",
    "restrict_nonsystem_relation_kind": "view, foreign-table",
    "xmloption": "document",
    "exit_on_error": "on",
    "datestyle": "German, DMY",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "xmlbinary": "hex",
    "quote_all_identifiers": "on",
    "lock_timeout": "1ms",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "client_min_messages": "error",
    "timezone": "Pacific/Kiritimati",
    "search_path": "nowhere",
    "check_function_bodies": "off",
    "plan_cache_mode": "force_generic_plan",
    "synchronous_commit": "off",
    "lc_monetary": "C",
    "escape_string_warning": "on",
    "stats_fetch_consistency": "snapshot",
}
"""What changes the meaning or the output of SQL, at a value that nobody expects."""


@contextmanager
def having(server: URL, database: URL, settings: Mapping[str, str]) -> Iterator[list[str]]:
    """Set `settings` for the database, and yield the names of those that this version of PostgreSQL takes."""
    taken = []
    for name, value in settings.items():
        with suppress(psycopg2.Error):
            execute(server, f'ALTER DATABASE "{database.database}" SET {name} = {_listed(value)}')
            taken.append(name)
    yield taken


def _listed(value: str) -> str:
    return ", ".join(f"'{part.strip()}'" for part in value.split(","))


def as_usual(database: URL) -> URL:
    """Return `database` for a session that prints as PostgreSQL does by itself."""
    usual = {
        "bytea_output": "hex",
        "datestyle": "ISO",
        "extra_float_digits": "1",
        "quote_all_identifiers": "off",
    }
    return database.update_query_dict(
        {"options": " ".join(f"-c {name}={value}" for name, value in usual.items())}
    )


def rows_replayed(database: URL) -> list[tuple[int, str]]:
    """Replay a batch of 2.0 in a session of a user, and return the rows of its table."""
    call = text(
        "SELECT (sch_chameleon.fn_replay_mysql(100, i_id_source::integer, true)).* FROM sch_chameleon.t_sources"
    )
    with create_engine(database, poolclass=NullPool).connect() as connection:
        connection.exec_driver_sql(FILL, execution_options={"no_parameters": True})
        connection.execute(call)
        assert connection.execute(call).one() == (False, False, None)
        return [tuple(row) for row in connection.execute(text("SELECT * FROM db_schema_01.kept ORDER BY id"))]


def whole_job(database: URL, directory: Path) -> None:
    """Up, status, report, a replay by 2.0, down, and up by the script."""
    config = write_config(directory / "upgraded.yml", database, recorded.SOURCES)
    alembic = Alembic(config)
    alembic.must("upgrade", "head")
    assert recorded.replicated(as_usual(database)) == recorded.expected()
    with create_engine(as_usual(database), poolclass=NullPool).connect() as connection:
        assert structure(connection) == recorded_structure(HEAD)
    cli.main(["--config", str(config), "status"])
    cli.main(["--config", str(config), "report", "--output", str(directory / "report.html")])
    alembic.must("check")
    assert rows_replayed(database) == [(1, "%s :x"), (3, "\N{LATIN CAPITAL LETTER U WITH DIAERESIS}")]
    alembic.must("downgrade", "1.7")
    execute(database, "DROP SCHEMA _sch_chameleon_version2 CASCADE")
    cli.main(["--config", str(config), "preflight"])
    done = run_script(database, alembic.script("upgrade", "1.7:head"))
    assert done.returncode == 0, done.stderr
    assert alembic.current() == f"{HEAD} (head)"
    assert recorded.replicated(as_usual(database)) == recorded.expected()


def test_all_settings_at_once(server: URL, database: URL, tmp_path: Path) -> None:
    """Whatever the database has been given, the job comes out the same."""
    with having(server, database, UNUSUAL) as taken:
        assert len(taken) > 20
        whole_job(database, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", UNUSUAL)
def test_each_setting(server: URL, database: URL, tmp_path: Path, name: str) -> None:
    """One may hide what another does."""
    with having(server, database, {name: UNUSUAL[name]}):
        whole_job(database, tmp_path)


def test_our_sessions_have_what_they_pin(server: URL, database: URL) -> None:
    """Each setting that this PostgreSQL has is pinned, whatever the database says, and none is misspelt."""
    with having(server, database, UNUSUAL), opened(create_engine(database)) as connection:
        rows = connection.execute(text("SELECT lower(name), setting FROM pg_settings"))
        found = {str(name): str(value) for name, value in rows}
    assert {name: found[name] for name in SETTINGS if name in found} == {
        name: value for name, value in SETTINGS.items() if name in found
    }
    assert set(SETTINGS) - set(found) <= {
        "operator_precedence_warning",
        "default_with_oids",
        "transaction_timeout",
        "restrict_nonsystem_relation_kind",
        "idle_session_timeout",
        "default_table_access_method",
        "escape_string_warning",
    }


@pytest.mark.parametrize("setting", [None, ("standard_conforming_strings", "off")])
def test_a_live_replica_is_seen(
    server: URL, database: URL, tmp_path: Path, setting: tuple[str, str] | None
) -> None:
    """An unnamed session of 1.8.2 is recognised, and our own run lock is not taken for one."""
    execute(database, "UPDATE sch_chameleon.t_sources SET enm_status = 'running'")
    alembic = Alembic(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES))
    with having(server, database, dict([setting] if setting else [])):
        live = create_engine(database, poolclass=NullPool, isolation_level="AUTOCOMMIT").connect()
        try:
            live.execute(text("SET application_name = ''"))
            live.execute(text("SELECT 1 FROM sch_chameleon.t_sources"))
            assert "pg_chameleon is connected to the database" in alembic.must_fail("upgrade", "head")
        finally:
            live.close()
        execute(database, "UPDATE sch_chameleon.t_sources SET enm_status = 'stopped'")
        alembic.must("upgrade", "head")


def test_no_literal_depends_on_a_setting() -> None:
    """A backslash means what it is only in E'' literals: what we install is run in sessions that others set up."""
    for path in (ROOT / "versions").rglob("*.sql"):
        code = re.sub(r"--.*", "", path.read_text())
        plain = re.sub(r"E'(?:[^'\\]|\\.|'')*'", "", code)
        assert "\\" not in plain, path


@pytest.mark.parametrize("command", [("upgrade", "head"), ("preflight",), ("current",)])
def test_a_session_that_may_not_write(
    server: URL, database: URL, tmp_path: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said first, and by a check; status, which writes nothing, works."""
    config = write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)
    before = snapshot(database)
    execute(
        server, f'ALTER ROLE {OWNER} IN DATABASE "{database.database}" SET default_transaction_read_only = on'
    )
    cli.main(["--config", str(config), "status"])
    capsys.readouterr()
    with pytest.raises(SystemExit):
        cli.main(["--config", str(config), *command])
    said = capsys.readouterr()
    assert "the session is read-only" in said.out + said.err
    assert "default_transaction_read_only is on for this role, database or server" in said.out + said.err
    assert snapshot(database) == before


ENCODINGS = {
    "LATIN1": (
        "\N{LATIN SMALL LETTER E WITH ACUTE}t\N{LATIN SMALL LETTER E WITH ACUTE}",
        "\N{GREEK SMALL LETTER ALPHA}",
    ),
    "LATIN2": ("\N{LATIN SMALL LETTER L WITH STROKE}", "\N{GREEK SMALL LETTER ALPHA}"),
    "EUC_JP": ("\N{HIRAGANA LETTER A}", "\N{LATIN SMALL LETTER E WITH ACUTE}\N{SNOWMAN}"),
    "SQL_ASCII": ("\N{HIRAGANA LETTER A}", None),
}
"""A database's encoding to a name that it can hold, and one that it cannot."""

QUICK = {("LATIN1", "latin1"), ("SQL_ASCII", "utf8")}
"""The encodings of database and file that a quick test tries."""


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        pytest.param(*pair, marks=() if pair in QUICK else pytest.mark.slow)
        for pair in itertools.product(ENCODINGS, ("utf8", "latin1"))
    ],
)
def test_an_encoding(server: URL, tmp_path: Path, encoding: str, charset: str) -> None:
    """Our texts and names of the database's own alphabet go through; one that it cannot hold is named."""
    name = f"encoding {encoding} {charset}"
    execute(
        server,
        f'DROP DATABASE IF EXISTS "{name}"',
        f"CREATE DATABASE \"{name}\" OWNER {OWNER} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'",
    )
    database = server.set(username=OWNER, password="s3cret-p@ss:w/ord", database=name)
    try:
        held, lacking = ENCODINGS[encoding]
        recorded.load(database)
        for source, works in ((lacking, False), (held, True)):
            if source is None:
                continue
            config = write_config(tmp_path / "new.yml", database, {source: recorded.SOURCES["mysql"]})
            config.write_text(config.read_text().replace("charset: utf8", f"charset: {charset}"))
            alembic = Alembic(config)
            if works:
                alembic.must("upgrade", "head")
                alembic.must("downgrade", "1.7")
            else:
                said = alembic.must_fail("upgrade", "head")
                assert (
                    f"the encoding {encoding} of the database has no characters for a name; nothing was changed"
                    in said
                )
                assert source in said
    finally:
        execute(server, f'DROP DATABASE "{name}"')


def test_the_replay_leaves_the_planner_as_it_was(states: States, tmp_path: Path) -> None:
    """Its statements want parallel workers at any size; a check that has them for each row takes many seconds."""
    query = text("SELECT name, setting FROM pg_settings WHERE name ~ 'cost|parallel|^enable_' ORDER BY name")
    with states.copy("1.7", tmp_path) as (database, _), opened(create_engine(database)) as connection:
        before = connection.execute(query).all()
        replay.replay_pending(connection)
        assert replay.pending(connection) == []
        assert connection.execute(query).all() == before

"""No password is written anywhere, and names in the catalogue are names, whatever they hold."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
from sqlalchemy import URL, text

from devtools import recorded
from devtools.config_file import write_config
from devtools.server import OWNER, PASSWORD, fresh_database
from tests.support.command import Alembic
from tests.support.old_catalogue import OldSource, OldTable, build, read, upgraded
from tests.support.safety.own_server import OwnServer
from tests.support.safety.process import started
from tests.support.safety.recorded_states import States
from tests.support.safety.sessions import rows, session
from tests.support.snapshot import snapshot

MYSQL_PASSWORD = "mysql-s3cret"
WRONG = "wr0ng-s3cret"


def test_no_password_in_any_output(states: States, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither in what is printed nor in what is logged, of success, refusal, script and failure, at any log level."""
    caplog.set_level(logging.DEBUG)
    with states.copy("1.7", tmp_path) as (database, alembic), session(database) as other:
        other.execute(text("LOCK TABLE sch_chameleon.t_sources IN ACCESS SHARE MODE"))
        written = [
            alembic.must_fail("-x", "lock_attempts=1", "upgrade", "2.0.0"),
            alembic("upgrade", "1.7:2.0.0", "--sql").output,
            alembic("no such command").output,
            alembic("-x", "wait=x", "upgrade", "2.0.0").output,
        ]
        other.rollback()
        written += [alembic.must("upgrade", "2.0.0"), alembic.must("current", "--verbose")]
        with session(database) as connection:
            dumped = snapshot(database)
            kept = rows(database, "SELECT * FROM chameleon_migrations.history")
            seen = connection.scalars(text("SELECT query FROM pg_stat_activity")).all()
    for secret in (PASSWORD, MYSQL_PASSWORD):
        assert not [
            text for text in [*written, caplog.text, str(dumped), str(kept), str(seen)] if secret in text
        ]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("host", "no-such-host.invalid", "could not translate host name"),
        ("port", 1, "connection to server"),
        ("database", "no such database", "does not exist"),
    ],
)
def test_a_connection_that_fails_is_one_line(
    states: States, tmp_path: Path, key: str, value: object, said: str
) -> None:
    """Who refused, and why; no traceback, and no password, also not the wrong one."""
    with states.copy("1.7", tmp_path) as (database, _):
        url = database.set(**{key: value})  # type: ignore[arg-type]
        output = Alembic(write_config(tmp_path / "bad.yml", url, recorded.SOURCES)).must_fail("current")
    assert one_line_without_secrets(output, said)


def one_line_without_secrets(output: str, said: str) -> bool:
    assert said in output
    assert "Traceback" not in output
    assert len(output.rsplit("FAILED", 1)[1].strip().splitlines()) == 1
    return not [secret for secret in (PASSWORD, WRONG, MYSQL_PASSWORD) if secret in output]


def test_a_wrong_password_is_one_line(own: OwnServer, tmp_path: Path) -> None:
    """Of a server that asks for one: that it is refused, and neither the wrong one nor the right one; the right one is let in."""
    own.ask_for_password(OWNER)
    with fresh_database(own.url) as database:
        wrong, right = (
            Alembic(
                write_config(
                    tmp_path / f"{password[:3]}.yml", database.set(password=password), recorded.SOURCES
                )
            )
            for password in (WRONG, PASSWORD)
        )
        assert one_line_without_secrets(wrong.must_fail("current"), "password authentication failed")
        assert one_line_without_secrets(right.must_fail("current"), "has no replica catalogue")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="there is no /proc")
def test_no_password_in_the_title_of_a_process(states: States, tmp_path: Path) -> None:
    """Neither in ours nor in the server's."""
    with states.copy("1.7", tmp_path) as (database, alembic), session(database) as other:
        other.execute(text("LOCK TABLE sch_chameleon.t_sources IN ACCESS SHARE MODE"))
        with started(alembic.config, "upgrade", "2.0.0"):
            while not rows(database, "SELECT FROM pg_locks WHERE NOT granted"):
                pass
            titles = [title(number) for number in os.listdir("/proc") if number.isdigit()]  # noqa: PTH208
    assert any("usr_replica" in title for title in titles)
    assert not [title for title in titles if PASSWORD in title or MYSQL_PASSWORD in title]


def title(process: str) -> str:
    try:
        return Path("/proc", process, "cmdline").read_text(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize(("mode", "warned"), [(0o600, False), (0o640, True), (0o604, True)])
def test_a_file_that_others_can_read_is_warned_of(
    states: States, tmp_path: Path, mode: int, warned: bool
) -> None:
    """With the command that changes it; the migration goes on."""
    with states.copy("1.7", tmp_path) as (_, alembic):
        alembic.config.chmod(mode)
        assert (f"chmod 600 {alembic.config}" in alembic.must("current")) == warned


EVIL = """x'; DROP SCHEMA sch_chameleon CASCADE; --$$$check$%s%(a)s:b{0}\\"""


def test_a_name_made_to_inject_does_nothing(database: URL, tmp_path: Path) -> None:
    """Names of sources, schemas, tables and columns, in the catalogue and in the file, are only ever names."""
    sources = [OldSource(EVIL, EVIL, f"d{EVIL}", tables=[OldTable(EVIL, key=(EVIL.replace('"', ""),))])]
    mappings = {EVIL[:30]: {EVIL: f"d{EVIL}"}}
    build(database, sources)
    alembic = Alembic(write_config(tmp_path / "new.yml", database, mappings))
    before = snapshot(database)
    wrong = Alembic(write_config(tmp_path / "wrong.yml", database, {EVIL[:30]: {EVIL: "other"}}))
    assert EVIL in wrong.must_fail("upgrade", "2.0.0")
    assert snapshot(database) == before
    alembic.must("upgrade", "2.0.0")
    assert read(database) == upgraded(sources, mappings)
    alembic.must("downgrade", "1.7")
    assert snapshot(database, without=("chameleon_migrations", "_sch_chameleon_version2")) == before

"""pg_chameleon 2.0.21's own upgrade, killed before each of its statements: what it leaves is named, with what repairs it."""

from __future__ import annotations

import signal
import sys
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import URL

from devtools import recorded
from devtools.clients.mariadb import MySQL
from devtools.clients.new_client import NewClient, NewSource
from devtools.config_file import write_config
from devtools.server import execute, fresh_database
from tests.support.command import Alembic
from tests.support.old_catalogue import read
from tests.support.safety.recorded_states import States, stamped
from tests.support.safety.sessions import rows
from tests.support.snapshot import snapshot

UPGRADE = Path(__file__).parents[2] / "devtools" / "clients" / "inside" / "upgrade_2_0.py"
SOURCES = {"one": {"my_schema_01": "db_schema_01"}, "two": {"my_schema_02": "db_schema_02"}}
COMMANDS = [["upgrade", "2.0.0"], ["upgrade", "head"], ["downgrade", "1.7"]]


def theirs(client: NewClient, database: URL, statement: int) -> str:
    """Run their upgrade until it comes to its statement number `statement`, or, where that is -1, to its end."""
    quoted = database.set(database=f"'{database.database}'")
    mysql = MySQL("127.0.0.1", 1, "none", "none")
    client.configure([NewSource(name, mappings) for name, mappings in SOURCES.items()], mysql, quoted)
    status = 0 if statement < 0 else -signal.SIGKILL
    return client.environment.run(UPGRADE, str(statement), answer="YES\n", status=status)


@pytest.mark.slow
def test_their_upgrade_killed_before_each_statement(states: States, tmp_path: Path) -> None:
    """Their catalogue is 1.7, or 2.0.10, or refused with nothing changed; then the commands in the message repair it."""
    client = NewClient.at(tmp_path / "home")
    with states.copy("1.7", tmp_path) as (database, _):
        statements = int(theirs(client, database, -1).splitlines()[-1])
    with states.copy("1.7", tmp_path) as (database, _):
        Alembic(write_config(tmp_path / "new.yml", database, SOURCES)).must("upgrade", "2.0.0")
        upgraded = read(database)
    found: Counter[str] = Counter()
    for statement in range(statements):
        with fresh_database(states.server, states.templates["1.7"]) as database:
            theirs(client, database, statement)
            alembic = Alembic(write_config(tmp_path / "new.yml", database, SOURCES))
            left = named(database, alembic)
            found[left] += 1
            if left != "2.0.10":
                alembic.must("upgrade", "2.0.0")
                assert (stamped(database), read(database)) == ("2.0.0", upgraded)
            assert recorded.replicated(database) == recorded.expected()
    sys.stdout.write(f"killed before {statements} statements: left {found}\n")
    assert {"1.7", "2.0.10", "no schema", "no source", "no registered table", "no batch"} == {*found}


LACKS = ("no schema", "no source", "no registered table", "no batch")


def named(database: URL, alembic: Alembic) -> str:
    """Return the version of a catalogue that is whole, or what another is said to lack; that one is repaired."""
    before = snapshot(database)
    version = live_version(database)
    if version and alembic("upgrade", version).succeeded:
        return version
    for command in COMMANDS:
        said = alembic.must_fail(*command)
        assert snapshot(database) == before
    repair(database, said)
    (lack,) = (
        lack for lack in LACKS if f"there is {lack}" in said or f"the 2.0 catalogue has {lack}" in said
    )
    return lack


def live_version(database: URL) -> str | None:
    if rows(database, "SELECT WHERE to_regclass('sch_chameleon.v_version') IS NULL"):
        return None
    return str(rows(database, "SELECT t_version FROM sch_chameleon.v_version")[0]["t_version"])


def repair(database: URL, output: str) -> None:
    """Run the commands that put the 1.7 catalogue back, as the message has them."""
    words = output.rsplit("FAILED", 1)[1].replace(";", " ").split()
    commands = [" ".join(words[i : i + 6]) for i, word in enumerate(words) if word == "ALTER"]
    assert commands
    execute(database, *commands)

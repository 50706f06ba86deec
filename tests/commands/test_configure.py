"""The new configuration file, written from the old ones."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import URL

from chameleon_migrations import cli
from chameleon_migrations.config.settings import load
from devtools import recorded
from devtools.clients.installed import installed

Change = Callable[[dict[str, Any]], Any]


class Home:
    """A home directory with the recorded old files."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.old = directory / ".pg_chameleon" / "config"
        self.new = directory / ".pg_chameleon" / "configuration" / "default.yml"
        self._capsys = capsys
        self.old.mkdir(parents=True)
        for path in (recorded.RECORDED / "v1-config").iterdir():
            (self.old / path.name).write_text(path.read_text())

    def change(self, name: str, change: Change) -> None:
        """Apply `change` to the content of the old file `name`."""
        path = self.old / f"{name}.yaml"
        content = yaml.safe_load(path.read_text())
        change(content)
        path.write_text(yaml.safe_dump(content))

    def configure(self, *arguments: str) -> str:
        """Run the command, and return what it printed."""
        cli.main(["configure", *arguments])
        return self._capsys.readouterr().out

    def refused(self, *arguments: str) -> str:
        """Run the command, which has to be refused in one line, and return that."""
        with pytest.raises(SystemExit):
            self.configure(*arguments)
        said = self._capsys.readouterr().err.strip()
        assert "\n" not in said
        return said

    @property
    def written(self) -> Any:
        """The content of the new file."""
        return yaml.safe_load(self.new.read_text())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Home:
    """The home directory of the process."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CHAMELEON_CONFIG", raising=False)
    return Home(tmp_path, capsys)


def test_sources_of_one_server_become_one(home: Home) -> None:
    """What the written procedure tells a person to write: connections and mappings are those of the recorded new file."""
    home.configure()
    there, written = load(recorded.RECORDED / "upgraded.yml"), load(home.new)
    assert written.sources[0].schema_mappings == there.sources[0].schema_mappings
    assert written.sources[0].mysql == there.sources[0].mysql
    assert len(written.sources) == 1
    old = yaml.safe_load((home.old / "source_01.yaml").read_text())
    assert written.connection.password == old["pg_conn"]["password"]
    assert (written.connection.port, written.connection.database) == (
        old["pg_conn"]["port"],
        old["pg_database"],
    )
    assert home.written["type_override"] == old["type_override"]
    assert home.written["sources"]["mysql"]["batch_retention"] == old["batch_retention"]


def test_it_is_for_its_owner_alone_and_never_overwritten(home: Home) -> None:
    """Mode 600, and what is there stays as it is."""
    home.configure()
    assert stat.S_IMODE(home.new.stat().st_mode) == 0o600
    before = home.new.read_text()
    home.change("source_01", lambda content: content.update(dest_schema="other"))
    assert "is there already" in home.refused()
    assert home.new.read_text() == before


def test_both_spellings_of_the_destination(home: Home) -> None:
    """The written procedure says destination_schema, the program dest_schema."""
    home.change("source_01", lambda content: content.update(destination_schema=content.pop("dest_schema")))
    home.configure()
    assert home.written["sources"]["mysql"]["schema_mappings"] == {
        "my_schema_01": "db_schema_01",
        "my_schema_02": "db_schema_02",
    }


def test_each_server_is_a_source(home: Home) -> None:
    """Sources of different MySQL servers do not merge."""
    home.change("source_02", lambda content: content["mysql_conn"].update(host="elsewhere"))
    home.configure()
    assert [
        (source.name, source.mysql.host, dict(source.schema_mappings)) for source in load(home.new).sources
    ] == [
        ("mysql", "127.0.0.1", {"my_schema_01": "db_schema_01"}),
        ("mysql_2", "elsewhere", {"my_schema_02": "db_schema_02"}),
    ]


def test_what_has_no_counterpart_is_listed(home: Home) -> None:
    """And what the old files say differently; never a value, which could be a secret."""
    home.change("source_02", lambda content: content["mysql_conn"].update(passwd="s3cret", port=3307))
    said = home.configure()
    for key in ("hexify", "pause_on_reindex", "reindex_app_names", "sleep_on_reindex"):
        assert f"source_01.yaml: {key} has no counterpart" in said
    assert "source_02.yaml: mysql_conn.port is written as 3306" in said
    assert "source_02.yaml: mysql_conn differs from that of source_01.yaml" in said
    assert "source_02.yaml: my_server_id differs" in said
    assert "s3cret" not in said


def test_tables_get_their_schema(home: Home) -> None:
    """1.8.2 names a table, 2.0 its MySQL schema too in a limit, and its destination schema in a type override."""
    override = {"tinyint(1)": {"override_to": "boolean", "override_tables": ["users"]}}
    home.change("source_01", lambda content: content.update(tables_limit=["users"], type_override=override))
    home.configure()
    assert home.written["sources"]["mysql"]["limit_tables"] == ["my_schema_01.users"]
    assert home.written["type_override"]["tinyint(1)"]["override_tables"] == ["*", "db_schema_01.users"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.pop("dest_schema"), "destination_schema: found no value"),
        (lambda content: content["mysql_conn"].pop("passwd"), "mysql_conn.passwd: found no value"),
        (lambda content: content.update(pg_database="other"), "replicate into different databases"),
        (lambda content: content.update(type_override=["x"]), "type_override: found something else"),
        (lambda content: content.update(mysql_conn="nothing"), "mysql_conn.host: found no value"),
    ],
)
def test_an_old_file_that_does_not_do(change: Change, said: str, home: Home) -> None:
    """One line with the file and the key, and nothing is written."""
    home.change("source_02", change)
    assert said in home.refused()
    assert not home.new.exists()


def test_no_old_file(home: Home) -> None:
    """The directory without one, a file that is not there, and one that is no YAML, of which nothing is quoted."""
    assert "No such file" in home.refused(str(home.old / "nope.yaml"))
    broken = home.old / "source_01.yaml"
    broken.write_text("passwd: 's3cret\n")
    said = home.refused(str(broken))
    assert "found no YAML" in said
    assert "s3cret" not in said
    for path in home.old.iterdir():
        path.unlink()
    assert "found no *.yaml" in home.refused()


@pytest.mark.slow
def test_the_real_pg_chameleon_loads_it(home: Home) -> None:
    """2.0.21 reads the printed file by its own loader and finds each key that it needs of a source."""
    home.new.parent.mkdir()
    home.new.write_text(home.configure("--stdout"))
    program = (
        "import types\n"
        "from pg_chameleon.lib.global_lib import replica_engine\n"
        "engine = replica_engine.__new__(replica_engine)\n"
        "engine.args = types.SimpleNamespace(config='default')\n"
        "engine.load_config()\n"
        "engine.show_config()\n"
        "engine.show_sources()\n"
        "for key in KEYS: engine.config['sources']['mysql'][key]\n"
    )
    keys = [
        "my_server_id",
        "limit_tables",
        "skip_tables",
        "replica_batch_size",
        "sleep_loop",
        "out_dir",
        "copy_mode",
    ]
    keys += [
        "lock_timeout",
        "grant_select_to",
        "copy_max_memory",
        "replay_max_rows",
        "on_error_replay",
        "batch_retention",
    ]
    python = installed("2.0.21") / "bin" / "python"
    done = subprocess.run(
        [python, "-W", "ignore", "-c", program.replace("KEYS", repr(keys))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "my_schema_02" in done.stdout


def test_preflight_takes_it(home: Home, database: URL, capsys: pytest.CaptureFixture[str]) -> None:
    """An upgrade would start with what was written, once the old files name the database."""
    recorded.load(database)
    connection = {
        "host": database.host,
        "port": database.port or 5432,
        "user": database.username,
        "password": database.password,
    }
    for name in ("source_01", "source_02"):
        home.change(name, lambda content: content.update(pg_conn=connection, pg_database=database.database))
    home.configure()
    cli.main(["preflight", "--json"])
    assert '"ready": true' in capsys.readouterr().out

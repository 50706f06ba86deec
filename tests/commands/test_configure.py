"""The new configuration file, written from the old ones."""

from __future__ import annotations

import stat
import subprocess
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg2.extensions import parse_dsn
from sqlalchemy import URL, make_url

from chameleon_migrations import cli
from chameleon_migrations.config import translation
from chameleon_migrations.config.old_files import OldFile
from chameleon_migrations.config.settings import load
from devtools import recorded
from devtools.clients.installed import installed
from devtools.server import execute
from tests.support.schemas import parse
from tests.support.templates import begins_with, recorded_catalogue

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

    def update(self, name: str, **values: Any) -> None:
        """Set `values` in the old file `name`."""
        self.change(name, lambda content: content.update(values))

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
    """Mode 600, and a file that exists is not changed."""
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
    """1.8.2 names a table, 2.0 its MySQL schema too in a limit, and in a type override that or the destination schema."""
    override = {"tinyint(1)": {"override_to": "boolean", "override_tables": ["users"]}}
    home.change("source_01", lambda content: content.update(tables_limit=["users"], type_override=override))
    home.configure()
    assert home.written["sources"]["mysql"]["limit_tables"] == ["my_schema_01.users"]
    assert home.written["type_override"]["tinyint(1)"]["override_tables"] == [
        "*",
        "db_schema_01.users",
        "my_schema_01.users",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.pop("dest_schema"), "destination_schema: found no value"),
        (lambda content: content["mysql_conn"].pop("passwd"), "mysql_conn.passwd: found no value"),
        (lambda content: content.update(pg_database="other"), "replicate into different databases"),
        (lambda content: content.update(type_override=["x"]), "type_override: found something else"),
        (lambda content: content.update(mysql_conn="nothing"), "mysql_conn.host: found no value"),
        (lambda content: content["mysql_conn"].update(host=["a", "b"]), "mysql_conn.host: found a list"),
        (lambda content: content["mysql_conn"].update(host=""), "mysql_conn.host: found no value"),
        (lambda content: content.update(my_database=["a"]), "my_database: found a list; needed: text"),
        (lambda content: content.update(my_database=True), "my_database: found something else than text"),
        (lambda content: content.update(dest_schema=1.5), "dest_schema: found something else than text"),
        (lambda content: content.pop("pg_conn"), "pg_conn: found no mapping"),
        (lambda content: content["pg_conn"].update(host=None), "pg_conn.host: found no value"),
        (lambda content: content["pg_conn"].update(port="x"), "replicate into different databases"),
        (
            lambda content: content.update(tables_limit="users"),
            "tables_limit: found something else; needed: a list",
        ),
        (
            lambda content: content.update(tables_limit=[None]),
            "tables_limit: found something else; needed: a list",
        ),
        (lambda content: content.update(tables_limit=["a.b"]), "cuts it at each dot, also the one in 'a.b'"),
        (
            lambda content: content.update(tables_limit=["a"], my_database="my.db"),
            "cuts it at each dot, also the one in 'my.db'",
        ),
        (
            lambda content: content.update(type_override={"a": {"override_to": "b"}}),
            "type_override: found something",
        ),
        (
            lambda content: content.update(type_override={"a": {"override_to": "b", "override_tables": "*"}}),
            "type_override: found something",
        ),
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
    for content in ("[" * 20_000, 'passwd: "\\UFFFFFFFF"'):
        broken.write_text(content)
        assert "found no YAML" in home.refused(str(broken))
    for path in home.old.iterdir():
        path.unlink()
    assert "found no *.yaml" in home.refused()


def pairs(home: Home) -> list[tuple[str, dict[str, str]]]:
    """The name and the mappings of each source that was written."""
    return [(source.name, dict(source.schema_mappings)) for source in load(home.new).sources]


def test_a_schema_with_two_destinations_has_two_sources(home: Home) -> None:
    """A source maps a schema once; both have a number of their own, as MySQL knows its replicas by it."""
    home.change("source_02", lambda content: content.update(my_database="my_schema_01", my_server_id=101))
    said = home.configure()
    assert pairs(home) == [
        ("mysql", {"my_schema_01": "db_schema_01"}),
        ("mysql_2", {"my_schema_01": "db_schema_02"}),
    ]
    assert [source["my_server_id"] for source in home.written["sources"].values()] == [101, 102]
    assert "sources.mysql_2: my_schema_01 -> db_schema_02 has a source of its own" in said
    assert (
        "sources.mysql_2: my_server_id is written as 102, as another source has that of source_02.yaml"
        in said
    )


def moved(content: dict[str, Any], host: str) -> None:
    """Let an old file name another MySQL server."""
    content["mysql_conn"]["host"] = host


def test_more_files_of_one_server_fill_the_first_source(home: Home) -> None:
    """Three schemas, one of them into three places: as few sources as can say it, and no pair is lost."""
    for number, (schema, host) in enumerate(
        [("my_schema_01", "127.0.0.1"), ("c", "127.0.0.1"), ("my_schema_01", "127.0.0.1"), ("c", "b")], 3
    ):
        (home.old / f"source_0{number}.yaml").write_text((home.old / "source_01.yaml").read_text())
        home.update(f"source_0{number}", my_database=schema, dest_schema=f"d{number}", my_server_id=2**32 - 1)
        home.change(f"source_0{number}", partial(moved, host=host))
    home.configure()
    assert pairs(home) == [
        ("mysql", {"my_schema_01": "db_schema_01", "my_schema_02": "db_schema_02", "c": "d4"}),
        ("mysql_2", {"my_schema_01": "d3"}),
        ("mysql_3", {"my_schema_01": "d5"}),
        ("mysql_4", {"c": "d6"}),
    ]
    assert [source["my_server_id"] for source in home.written["sources"].values()] == [101, 2**32 - 1, 1, 2]


def test_a_number_that_a_source_brings_is_not_given_to_another(home: Home) -> None:
    """Of three servers the second gets a new number, and the third keeps its own."""
    for name, host, number in (("source_01", "a", 7), ("source_02", "b", 7), ("source_03", "c", 8)):
        (home.old / f"{name}.yaml").write_text((home.old / "source_01.yaml").read_text())
        home.update(name, my_database=name, dest_schema=name, my_server_id=number)
        home.change(name, partial(moved, host=host))
    home.configure()
    assert [source["my_server_id"] for source in home.written["sources"].values()] == [7, 9, 8]


def test_a_pair_that_gets_lost_is_noticed(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the reason: the result is compared with the old files, and nothing is written."""
    translate = translation.translate

    def losing(old: Sequence[OldFile]) -> dict[str, Any]:
        content = translate(old)
        content["sources"]["mysql"]["schema_mappings"].pop("my_schema_02")
        return content

    monkeypatch.setattr(translation, "translate", losing)
    for arguments in ([], ["--stdout"]):
        assert "cannot say what the old files say (my_schema_02 -> db_schema_02)" in home.refused(*arguments)
    assert not home.new.exists()


@pytest.mark.parametrize("host", ["127.0.0.1", "elsewhere"])
def test_a_destination_of_two_files_is_refused(home: Home, host: str) -> None:
    """Also where the one is a forgotten copy of the other: nobody knows which of them counts."""
    home.change(
        "source_02",
        lambda content: content.update(
            dest_schema="db_schema_01", mysql_conn=content["mysql_conn"] | {"host": host}
        ),
    )
    said = home.refused()
    assert "replicate into the schema db_schema_01" in said
    assert "source_01.yaml" in said
    assert "source_02.yaml" in said


def test_the_replica_goes_into_the_background(home: Home) -> None:
    """1.8.2's own example has stdout and debug: 2.0's start_replica would not return, and write a line each second."""
    home.change("source_01", lambda content: content.update(log_dest="stdout", log_level="debug"))
    said = home.configure()
    assert (home.written["log_dest"], home.written["log_level"]) == ("file", "info")
    assert "source_01.yaml: log_dest is written as file: pg_chameleon 2 stays in the foreground" in said
    assert "source_01.yaml: log_level is written as info" in said
    assert "source_02.yaml: log_level" not in said


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("log_dir", "/var/log/pg", "/var/log/"),
        ("log_dir", "/logs", "/"),
        ("log_dir", "~/logs", "~/"),
        ("log_dir", "/var/log/pg/", "/var/log/pg/"),
        ("log_dir", "logs/", "~/.pg_chameleon/logs/"),
        ("pid_dir", "/run/pg", "/run/pg"),
        ("pid_dir", "run", "~/.pg_chameleon/pid/"),
        ("log_days_keep", "10", 10),
        ("log_days_keep", 0, 0),
        ("log_days_keep", None, 10),
        ("my_server_id", "7", 7),
        ("my_server_id", 2**32, 100),
        ("my_server_id", 0, 100),
        ("replica_batch_size", "1000", 1000),
        ("replica_batch_size", True, 10000),
        ("replica_batch_size", 0, 10000),
        ("batch_retention", "2 hours", "2 hours"),
        ("batch_retention", 1, "1 day"),
        ("batch_retention", None, "1 day"),
        ("batch_retention", "", "1 day"),
        ("copy_max_memory", 1000, 1000),
        ("copy_max_memory", "10G", "10G"),
        ("copy_max_memory", "10T", "300M"),
        ("copy_max_memory", ["10G"], "300M"),
        ("copy_mode", "direct", "direct"),
        ("copy_mode", "pipe", "file"),
        ("out_dir", "/data/out", "/data/out"),
        ("out_dir", "out", "/tmp"),
        ("out_dir", "~/out", "/tmp"),
        ("sleep_loop", 10, 10),
        ("sleep_loop", "10", 10),
        ("sleep_loop", 0.5, 0.5),
        ("sleep_loop", 0, 1),
        ("sleep_loop", "soon", 1),
        ("sleep_loop", -1, 1),
    ],
)
def test_a_value_is_one_that_2_0_can_work_with(home: Home, key: str, old: Any, new: Any) -> None:
    """2.0 compares, sleeps and opens files with what is written; where that is not the old value, a line says so."""
    home.change("source_01", lambda content: content.update({key: old}))
    said = home.configure()
    written = home.written[key] if key in home.written else home.written["sources"]["mysql"][key]
    assert written == new
    assert type(written) is type(new)
    assert (f"source_01.yaml: {key} is written as {new}" in said) is (str(old) != str(new))


def test_what_is_not_there_gets_a_default(home: Home) -> None:
    """Without a line, as 1.8.2 would not have started without it."""
    home.change(
        "source_01", lambda content: [content.pop(key) for key in ("log_dir", "sleep_loop", "log_dest")]
    )
    assert "sleep_loop is written" not in home.configure()
    assert home.written["sources"]["mysql"]["sleep_loop"] == 1


@pytest.mark.parametrize("password", ["two words", "it's", "back\\slash", "", "'quoted'", 1234, "plain#:@"])
def test_pg_conn_is_one_value_to_libpq(home: Home, password: str | int) -> None:
    """2.0 makes a connection string of it without quotes; both read the password that 1.8.2 hands on unchanged."""
    home.change("source_01", lambda content: content["pg_conn"].update(password=password))
    said = home.configure()
    string = "dbname=%(database)s user=%(user)s host=%(host)s password=%(password)s port=%(port)s"
    found = parse_dsn(string % home.written["pg_conn"])
    assert found.pop("password", "") == str(password)
    assert found == {"dbname": "db_replica", "user": "usr_replica", "host": "127.0.0.1", "port": "5515"}
    assert load(home.new).connection.password == str(password)
    noted = "source_01.yaml: pg_conn.password is written with quotes of its own" in said
    assert noted is (password not in (1234, "plain#:@"))
    assert not password or f"{password}" not in said


@pytest.mark.parametrize("key", ["host", "user", "database"])
def test_every_name_in_pg_conn_is_one_value_to_libpq(home: Home, key: str) -> None:
    """A socket's directory, a role, a database: all of them may have a space, and more."""
    name = "it's a \\ name"
    for file in ("source_01", "source_02"):
        if key == "database":
            home.update(file, pg_database=name)
        else:
            home.change(file, lambda content: content["pg_conn"].update({key: name}))
    said = home.configure()
    string = "dbname=%(database)s user=%(user)s host=%(host)s password=%(password)s port=%(port)s"
    assert parse_dsn(string % home.written["pg_conn"])["dbname" if key == "database" else key] == name
    assert getattr(load(home.new).connection, key) == name
    assert f"{'pg_database' if key == 'database' else f'pg_conn.{key}'} is written with quotes" in said


def test_what_1_8_2_leaves_to_libpq_stays_with_it(home: Home) -> None:
    """A socket, the own role, a password file: nothing of pg_conn is needed by 1.8.2, all of it by 2.0."""
    for name in ("source_01", "source_02"):
        home.change(name, lambda content: content.update(pg_conn={}))
    home.configure()
    new = load(home.new)
    assert (new.connection.host, new.connection.user, new.connection.password) == ("", "", "")
    assert new.connection.port == 5432
    dialect = make_url("postgresql+psycopg2://").get_dialect()()
    assert dialect.create_connect_args(new.url)[1].keys() == {"dbname", "port", "client_encoding"}


OVERRIDE = {"override_to": "boolean", "override_tables": ["*"]}


@pytest.mark.parametrize(
    ("first", "second", "tables"),
    [
        (["*"], ["*"], ["*"]),
        (["*", "users"], ["*"], ["*", "db_schema_01.users", "my_schema_01.users"]),
        (["users", "*"], ["users"], [f"{s}_schema_0{n}.users" for n in (1, 2) for s in ("db", "my")]),
        ([2020], [], ["db_schema_01.2020", "my_schema_01.2020"]),
        ([], [], None),
    ],
)
def test_overrides_mean_the_same_tables(
    home: Home, first: list[Any], second: list[Any], tables: list[str] | None
) -> None:
    """`*` is all tables in the first place only, and an override of no table, on which 2.0 fails, is left out."""
    for name, names in (("source_01", first), ("source_02", second)):
        override = {"tinyint(1)": OVERRIDE | {"override_tables": names}}
        home.update(name, type_override=override)
    home.configure()
    written = home.written["type_override"]
    assert (written["tinyint(1)"]["override_tables"] if tables is not None else None) == tables
    assert len(written) == (tables is not None)


def test_an_override_of_all_tables_is_for_those_of_the_other_files_too(home: Home) -> None:
    """2.0 has one for all sources: a line names the file whose tables it is new to."""
    home.change("source_02", lambda content: content.update(type_override=None))
    assert (
        "source_02.yaml: type_override.tinyint(1) is for every table, as source_01.yaml says"
        in home.configure()
    )


def test_overrides_that_contradict_each_other_are_refused(home: Home) -> None:
    """2.0 would take one of them for the tables of both."""
    override = {"tinyint(1)": OVERRIDE | {"override_to": "smallint"}}
    home.change("source_02", lambda content: content.update(type_override=override))
    assert "source_02.yaml: type_override.tinyint(1): another old file overrides the type" in home.refused()
    assert not home.new.exists()


def test_a_new_file_is_no_old_one(home: Home) -> None:
    """The file that the command writes, given to it again, is named as what it is."""
    home.configure()
    assert (
        "found a configuration file of pg_chameleon 2; needed: a configuration file of pg_chameleon 1.8.2"
        in (home.refused(str(home.new)))
    )


def test_keys_that_are_no_text_are_listed(home: Home) -> None:
    """`1: x` and `yes: x` are keys to YAML, which 1.8.2 ignores."""

    def add(content: dict[Any, Any]) -> None:
        content.update({1: "x", False: "y"})
        content["pg_conn"].update({2: 3})

    home.change("source_01", add)
    said = home.configure()
    assert "source_01.yaml: 1 has no counterpart" in said
    assert "source_01.yaml: pg_conn.2 has no counterpart" in said


def test_what_a_new_file_cannot_hold_is_refused(home: Home) -> None:
    """Before it is there: run again, the command would find it in its own way."""
    for name in ("source_01", "source_02"):
        home.change(name, lambda content: content["pg_conn"].update(port="x"))
    assert "nothing was written" in home.refused()
    assert not home.new.exists()


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


@begins_with(recorded_catalogue)
@pytest.mark.parametrize("schema", ["my_schema_02", "my_schema_01"])
def test_preflight_takes_it(
    home: Home, database: URL, capsys: pytest.CaptureFixture[str], schema: str
) -> None:
    """An upgrade would start with what was written, be it one source or two, once the old files name the database."""
    execute(
        database,
        f"UPDATE sch_chameleon.t_sources SET t_source_schema = '{schema}' WHERE t_source = 'source_02'",
    )
    connection = {
        "host": database.host,
        "port": database.port or 5432,
        "user": database.username,
        "password": database.password,
    }
    home.change("source_02", lambda content: content.update(my_database=schema))
    for name in ("source_01", "source_02"):
        home.change(name, lambda content: content.update(pg_conn=connection, pg_database=database.database))
    home.configure()
    cli.main(["preflight", "--json"])
    assert parse("preflight", capsys.readouterr().out)["ready"] is True

"""The published JSON schemas: they are strict, and describe what the commands print in every state.

The other tests of the commands parse with `tests.support.schemas.parse`, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from sqlalchemy import URL

from chameleon_migrations import cli
from chameleon_migrations.errors import FAILED, REFUSED
from devtools import recorded
from devtools.config_file import ROOT, write_config
from devtools.server import execute
from tests.support.command import Alembic
from tests.support.schemas import COMMANDS, SCHEMAS, parse, schema
from tests.support.templates import begins_with, recorded_catalogue

pytestmark = begins_with(recorded_catalogue)


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the schema of each object in `node` that has keys of its own."""
    if isinstance(node, dict):
        if "properties" in node:
            yield node
        for inner in node.values():
            yield from objects(inner)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_schema_is_valid_and_strict(command: str) -> None:
    """Every key is described and required, and no other one is allowed, at each level."""
    published = schema(command)
    Draft202012Validator.check_schema(published)
    for found in objects(published):
        assert found["description"]
        assert found["additionalProperties"] is False
        assert found["required"] == list(found["properties"])
        assert [name for name, key in found["properties"].items() if not key.get("description")] == []


def test_each_command_with_json_has_a_schema() -> None:
    """It is linked from the page of the commands."""
    with_json = {
        name
        for name, options in cli.command_line().subparsers.choices.items()
        if "[--json]" in options.format_usage()
    }
    assert with_json == set(COMMANDS) == {path.stem for path in SCHEMAS.iterdir()}
    page = (ROOT / "docs" / "commands.md").read_text()
    assert [name for name in COMMANDS if f"](schemas/{name}.json)" not in page] == []


def test_what_two_commands_print_has_one_schema() -> None:
    """A source, a table and a step are the same in `status` and `rehearse`."""
    status, rehearse = schema("status")["$defs"], schema("rehearse")["$defs"]
    for name in ("source", "table", "step"):
        assert status[name] == rehearse[name]


class Commands:
    """The commands with ``--json``, on one catalogue."""

    def __init__(self, config: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._config, self._capsys = config, capsys

    def __call__(self, command: str, *arguments: str, status: int = 0) -> Any:
        """Return the object that `command` prints, or None; its exit status has to be `status`."""
        self._capsys.readouterr()
        found = 0
        try:
            cli.main(["--config", str(self._config), command, "--json", *arguments])
        except SystemExit as end:
            found = int(end.code or 0)
        written = self._capsys.readouterr()
        assert found == status, written.err
        return parse(command, written.out) if written.out else None


def test_every_state(database: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From 1.7 with pending events by a failure half-way to head and back: each object is as its schema says."""
    config = write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES)
    alembic, run = Alembic(config), Commands(config, capsys)
    execute(database, "ALTER TABLE db_schema_02.items ADD CONSTRAINT none CHECK (false) NOT VALID")
    assert run("rehearse", status=FAILED) is None
    alembic.must_fail("upgrade", "head")
    assert [step["outcome"] for step in run("status")["history"]] == ["failed"]
    execute(database, "ALTER TABLE db_schema_02.items DROP CONSTRAINT none")
    assert run("preflight")["plan"]["old_sources"]
    alembic.must("upgrade", "2.0.4")
    assert run("preflight")["plan"] is None
    assert run("preflight", "1.7")["plan"]["sources"]
    assert run("rehearse", "2.0.3")["versions"] == ["2.0.4", "2.0.3"]
    execute(database, "CREATE VIEW public.mine AS SELECT t_source FROM sch_chameleon.t_sources")
    assert run("preflight", "1.7")["warnings"]
    alembic.must("upgrade", "head")
    assert run("preflight")["direction"] is None
    nothing = run("rehearse")
    assert (nothing["versions"], nothing["steps"]) == ([run("status")["version"]], [])
    execute(database, "ALTER SCHEMA _sch_chameleon_version1 RENAME TO elsewhere")
    assert run("preflight", "1.7", status=REFUSED)["ready"] is False


def test_another_key_is_found(database: URL, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that is gone, one that is new, and one of another type, wherever it is, are not as the schema says."""
    run = Commands(write_config(tmp_path / "upgraded.yml", database, recorded.SOURCES), capsys)
    whole = json.dumps(run("status"))
    changes: list[Callable[[Any], object]] = [
        lambda found: found.pop("kept"),
        lambda found: found["sources"][0].pop("status"),
        lambda found: found["sources"][0].update(more=1),
        lambda found: found["tables"][0].update(replicated="true"),
        lambda found: found["sources"][0].update(resume_position="here"),
    ]
    for change in changes:
        found = json.loads(whole)
        change(found)
        assert not Draft202012Validator(schema("status")).is_valid(found)

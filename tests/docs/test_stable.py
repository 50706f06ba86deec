"""docs/stable.md names what the code has: what is removed or renamed is missed here."""

from __future__ import annotations

import ast
import inspect
import re
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import fields

import pytest

from chameleon_migrations import checks, cli
from chameleon_migrations.autogenerate import head
from chameleon_migrations.checks.check import Check
from chameleon_migrations.commands import registration
from chameleon_migrations.database import version_table
from chameleon_migrations.database.attempts import history
from chameleon_migrations.database.catalogue import CATALOGUE_V1, CATALOGUE_V2
from chameleon_migrations.errors import FAILED, REFUSED
from chameleon_migrations.running import environment
from chameleon_migrations.running.options import OPTIONS, VALUES
from chameleon_migrations.terminal.interrupts import EXIT_STATUS
from devtools.config_file import ROOT
from devtools.versions import VERSIONS
from tests.support.schemas import COMMANDS, schema

PAGE = (ROOT / "docs" / "stable.md").read_text()

ROWS = {
    what: re.findall("`([^`]+)`", names) for what, names in re.findall(r"^\| (.+?) \| (.+?) \|", PAGE, re.M)
}
"""What is stable to its names."""

COMMAND_LINE = cli.command_line()

OURS = [name for name in COMMAND_LINE.subparsers.choices if hasattr(registration, name)]
"""Our own commands."""


def options(parser: ArgumentParser) -> list[str]:
    """Return the options of a command line, but for its help."""
    return [option for option in parser._option_string_actions if option not in ("-h", "--help")]


def operations() -> list[str]:
    """Return the names of our operations, as an editor knows them."""
    tree = ast.parse((ROOT / "chameleon_migrations" / "op.pyi").read_text())
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


def exit_statuses() -> list[str]:
    """Return the statuses that the page of the commands explains."""
    page = (ROOT / "docs" / "commands.md").read_text()
    return re.findall(r"^\| (\d+) \|", page, re.M)


def outcomes() -> list[str]:
    """Return the outcomes of a step, as the history says them."""
    comment = history.c.outcome.comment
    assert comment
    return re.findall(r"\w+", comment.replace(" or ", " "))


CODE: dict[str, Iterable[str]] = {
    "revision ids": VERSIONS,
    "commands": OURS,
    **{
        f"options of `{name}`": options(COMMAND_LINE.subparsers.choices[name])
        for name in OURS
        if name != "init"
    },
    "`-x` keys": OPTIONS,
    "values of `-x` keys": [f"{name}={value}" for name, values in VALUES.items() for value in values],
    "JSON": COMMANDS,
    "exit statuses": exit_statuses(),
    "columns of `chameleon_migrations.history`": history.c.keys(),
    "values of `outcome`": outcomes(),
    "schemas": [version_table.SCHEMA, CATALOGUE_V1, CATALOGUE_V2],
    "operations of `op`": operations(),
    "in `chameleon_migrations.checks`": checks.__all__,
    "parameters of `between_versions`": inspect.signature(checks.between_versions).parameters,
    "fields of `Hook`": [field.name for field in fields(checks.Hook)],
    "parameters of `environment.run`": inspect.signature(environment.run).parameters,
}
"""What is stable to its names in the code."""


@pytest.mark.parametrize("what", CODE)
def test_what_is_stable_is_in_the_code(what: str) -> None:
    """The page lists exactly what there is: a name that is new is added there, and one that is gone is a 2.0.0."""
    assert sorted(ROWS[what]) == sorted(CODE[what])


def test_the_rows_that_name_a_part() -> None:
    """What the other rows name exists; no row is without a test."""
    part: dict[str, Iterable[str]] = {
        "options of all commands": options(COMMAND_LINE.parser),
        "options of `upgrade` and `downgrade`": options(COMMAND_LINE.subparsers.choices["downgrade"]),
        "where the configuration file is named": re.findall(r'"(\w+)"', inspect.getsource(environment)),
        "in a revision file": [f"before_{direction}" for direction in (checks.UPGRADE, checks.DOWNGRADE)],
        "first lines of a check": [field.name for field in fields(Check)],
        "in `chameleon_migrations.running.environment`": vars(environment),
        "in `chameleon_migrations.autogenerate.head`": vars(head),
    }
    assert ROWS.keys() - {"what"} == CODE.keys() | part.keys()
    for what, known in part.items():
        assert set(ROWS[what]) <= set(known), what


def test_the_statuses_and_outcomes_have_one_meaning() -> None:
    """The constants of the code are in the list, and the schema of `status` has the outcomes of the history."""
    assert {str(REFUSED), str(FAILED), str(EXIT_STATUS)} <= set(exit_statuses())
    assert schema("status")["$defs"]["step"]["properties"]["outcome"]["enum"] == outcomes()

"""The published JSON schemas, and what the commands print with ``--json``, compared with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from devtools.config_file import ROOT

SCHEMAS = ROOT / "docs" / "schemas"

COMMANDS = ("preflight", "rehearse", "status", "verify")
"""The commands with an option ``--json``."""


def schema(command: str) -> Mapping[str, Any]:
    """Return the published schema of the object that `command` prints."""
    found: Mapping[str, Any] = json.loads((SCHEMAS / f"{command}.json").read_text())
    return found


@cache
def _validator(command: str) -> Draft202012Validator:
    return Draft202012Validator(schema(command), format_checker=Draft202012Validator.FORMAT_CHECKER)


def parse(command: str, output: str) -> Any:
    """Return the object that `command` has printed with ``--json``; fail where its schema does not describe it.

    Args:
        command: One of `COMMANDS`.
        output: All that it printed on standard output.
    """
    found = json.loads(output)
    _validator(command).validate(found)
    return found

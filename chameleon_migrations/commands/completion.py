"""What a shell completes besides commands and options: revisions, ``-x`` options, and the names of configuration files."""

from __future__ import annotations

import re
from argparse import ArgumentParser

import shtab

from chameleon_migrations.database.sql_files import script_directory
from chameleon_migrations.running.options import OPTIONS, VALUES

_SHELLS = ("bash", "zsh")

_FUNCTIONS = {
    "bash": """\
_chameleon_revisions() {{ compgen -W '{revisions}' -- "$1"; }}
_chameleon_options() {{ compgen -W '{options}' -- "$1"; }}
_chameleon_configurations() {{
    compgen -W "$(cd ~/.pg_chameleon/configuration 2>/dev/null && ls | sed -n 's/[.]yml$//p')" -- "$1"
    compgen -f -- "$1"
}}
""",
    "zsh": """\
_chameleon_revisions() {{ compadd -- {revisions}; }}
_chameleon_options() {{ compadd -S '' -- {options}; }}
_chameleon_configurations() {{ compadd -- ~/.pg_chameleon/configuration/*.yml(N:t:r); _files; }}
""",
}


def preamble() -> dict[str, str]:
    """Return each shell's functions, which the completion script begins with."""
    files = (path.stem for path in (script_directory() / "versions").glob("*.py"))
    revisions = sorted(files, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
    options = [f"{name}={value}" for name in OPTIONS for value in VALUES.get(name, ("",))]
    words = {"revisions": " ".join([*revisions, "head", "base"]), "options": " ".join(options)}
    return {shell: functions.format(**words) for shell, functions in _FUNCTIONS.items()}


def complete(parser: ArgumentParser) -> None:
    """Say of each argument of `parser` that needs it which function completes it."""
    for action in parser._actions:
        kind = {"x": "options", "revision": "revisions"}.get(action.dest)
        if "--config" in action.option_strings:
            kind = "configurations"
        if kind:
            action.complete = dict.fromkeys(_SHELLS, f"_chameleon_{kind}")  # type: ignore[attr-defined]


def add_option(parser: ArgumentParser) -> None:
    """Add ``--print-completion`` to `parser`."""
    shtab.add_argument_to(
        parser,
        "--print-completion",
        help="print a completion script for your shell: eval it in its profile",
        preamble=preamble(),
    )

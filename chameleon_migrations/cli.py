"""The command ``chameleon-migrations``: alembic's own command line, from any directory, and commands of ours."""

from __future__ import annotations

import logging
import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any

import alembic
import shtab
from alembic.config import CommandLine, Config
from alembic.util import CommandError

from chameleon_migrations import __version__
from chameleon_migrations.commands import completion, registration
from chameleon_migrations.database.sql_files import script_directory
from chameleon_migrations.errors import REFUSED
from chameleon_migrations.running.options import OPTIONS
from chameleon_migrations.terminal.interrupts import interruptible

PROGRAM = "chameleon-migrations"

EXAMPLES = {
    "branches": "branches --verbose",
    "check": "--config default check",
    "configure": "--config default configure",
    "current": "--config default current",
    "downgrade": "--config default downgrade 1.7",
    "edit": "-c mine/alembic.ini edit head",
    "ensure_version": "--config default ensure_version",
    "heads": "heads --verbose",
    "history": "--config default history --indicate-current",
    "init": "init mine",
    "list_templates": "list_templates",
    "merge": "-c mine/alembic.ini merge heads --message merged",
    "preflight": "--config default preflight",
    "rehearse": "--config default rehearse",
    "report": "--config default report --output report.html",
    "revision": "-c mine/alembic.ini revision --version-path mine/versions --rev-id 2.0.11 --message 'an index'",
    "show": "show 2.0.0",
    "stamp": "--config default stamp 2.0.0",
    "status": "--config default status",
    "upgrade": "--config default upgrade head",
    "verify": "--config default verify db_schema_01.orders --values",
}
"""A command's arguments as a person would give them, shown at the end of its help. A later alembic may have more commands."""


class _CommandLine(CommandLine):
    """Alembic's, after our commands; some of ours replace its own."""

    _has_ours = False

    def register_command(self, fn: Callable[..., Any]) -> None:
        if not self._has_ours:
            self._has_ours = True
            registration.register(self)
        super().register_command(registration.INSTEAD.get(fn.__name__, fn))


def command_line() -> CommandLine:
    """Return our commands and alembic's with our options, and an example in the help of each command."""
    line = _CommandLine(PROGRAM)
    _add_options(line)
    for name in ("upgrade", "downgrade"):
        line.subparsers.choices[name].add_argument(
            "-v", "--verbose", action="store_true", help="log each step of a revision"
        )
    for name, parser in line.subparsers.choices.items():
        parser.formatter_class = RawDescriptionHelpFormatter
        example = f"\n\nexample:\n  {PROGRAM} {EXAMPLES[name]}" if name in EXAMPLES else ""
        parser.epilog = f"--config and -x can be given here, too: '{PROGRAM} --help' lists them.{example}"
        completion.complete(parser)
    return line


def _add_options(line: CommandLine) -> None:
    # Alembic has a --config too, for what is called --ini here, and a --version.
    parser = ArgumentParser(
        PROGRAM,
        parents=[line.parser],
        conflict_handler="resolve",
        add_help=False,
        formatter_class=RawDescriptionHelpFormatter,
        epilog="\n".join(["options of -x:", *(f"  {name:14}{meaning}" for name, meaning in OPTIONS.items())]),
    )
    line.parser = parser
    parser.add_argument("-x", action="append", metavar="KEY=VALUE", help="an option of ours: see below")
    parser.add_argument(
        "--config",
        dest="x",
        action="append",
        type="config={}".format,
        metavar="NAME_OR_PATH",
        help="pg_chameleon 2's configuration file: a name in ~/.pg_chameleon/configuration or a path; the same as -x config=…",
    )
    parser.add_argument(
        "-c",
        "--ini",
        default=os.environ.get("ALEMBIC_CONFIG") or str(script_directory() / "alembic.ini"),
        help="an alembic.ini of your own, as 'init' makes one; default: the one that comes with this command",
    ).complete = shtab.FILE  # type: ignore[attr-defined]
    version = f"{PROGRAM} {__version__} (alembic {alembic.__version__})"
    parser.add_argument("--version", action="version", version=version)
    completion.add_option(parser)
    completion.complete(parser)


def _hoisted(arguments: Sequence[str]) -> list[str]:
    """Return `arguments` with ``--config`` and ``-x`` before the command, where pg_chameleon's users write them after it."""
    first: list[str] = []
    rest: list[str] = []
    waiting = iter(arguments)
    for argument in waiting:
        if argument in ("--config", "-x"):
            first += [argument, *islice(waiting, 1)]
        elif argument.startswith(("--config=", "-x")):
            first.append(argument)
        else:
            rest.append(argument)
    return [*first, *rest]


@interruptible()
def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command in `arguments`, by default the process's own.

    Raises:
        SystemExit: The command was refused (3), failed after it had begun (4), was interrupted (130), or is none (2).
    """
    line = command_line()
    options = line.parser.parse_args(_hoisted(sys.argv[1:] if arguments is None else arguments))
    if not hasattr(options, "cmd"):
        line.parser.error(f"no command was given; '{PROGRAM} --help' lists them")
    logging.disable(logging.INFO if options.quiet else logging.NOTSET)
    if getattr(options, "verbose", False):
        logging.getLogger("alembic.chameleon_migrations").setLevel(logging.DEBUG)
    traceback, options.raiseerr = options.raiseerr, True
    try:
        config = Config(options.ini, stdout=sys.stdout, ini_section=options.name, cmd_opts=options)
        line.run_cmd(config, options)
    except CommandError as error:
        if traceback:
            raise
        # Alembic's own way of saying it wraps the message as a paragraph on a terminal, findings and all.
        sys.stderr.write(f"FAILED: {error}\n")
        raise SystemExit(getattr(error, "exit_status", REFUSED)) from None


if __name__ == "__main__":
    main()

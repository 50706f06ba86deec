"""Our own commands, as alembic's command line registers them; each imports what it needs when it is run."""

# ruff: noqa: PLC0415, FBT001, FBT002 - imports inside, and alembic calls a command with its options by name

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence

from alembic.config import CommandLine, Config


def register(line: CommandLine) -> None:
    """Add the commands and their options to `line`."""
    line.register_command(preflight)
    options = line.subparsers.choices["preflight"]
    options.add_argument(
        "revision", nargs="?", default="head", help="the version to go to, up or down; default: head"
    )
    line.register_command(rehearse)
    options = line.subparsers.choices["rehearse"]
    options.add_argument(
        "revision", nargs="?", default="head", help="the version to go to, up or down; default: head"
    )
    line.register_command(status)
    line.register_command(configure)
    options = line.subparsers.choices["configure"]
    options.add_argument("files", nargs="*", help="old files; default: all of ~/.pg_chameleon/config")
    options.add_argument(
        "--stdout", dest="to_stdout", action="store_true", help="print the file, passwords and all"
    )
    line.register_command(verify)
    _add_verify_options(line.subparsers.choices["verify"])
    line.register_command(report)
    options = line.subparsers.choices["report"]
    options.add_argument("--output", metavar="FILE.html", help="the file to create; default: standard output")
    options.add_argument("--verified", metavar="FILE.json", help="show what 'verify --json' has printed")
    for command in ("preflight", "rehearse", "status", "verify"):
        line.subparsers.choices[command].add_argument(
            "--json", dest="as_json", action="store_true", help="print one JSON object"
        )


def _add_verify_options(options: ArgumentParser) -> None:
    options.add_argument(
        "tables",
        nargs="*",
        metavar="SCHEMA.TABLE",
        help="tables in PostgreSQL; default: all that are registered",
    )
    options.add_argument(
        "--sample", type=float, metavar="PERCENT", help="compare about so many percent of the rows"
    )
    options.add_argument(
        "--wait",
        type=float,
        default=30,
        metavar="SECONDS",
        help="how long a running replica may take to apply what MySQL had when a row was read; default: 30",
    )
    options.add_argument(
        "--values",
        action="store_true",
        help="show the values that differ; default: only the keys of the rows",
    )
    options.add_argument(
        "--time-zone",
        metavar="ZONE",
        help="the time zone of the host on which pg_chameleon runs, such as +02:00; default: that of MySQL",
    )


def preflight(config: Config, revision: str = "head", as_json: bool = False, verbose: bool = False) -> None:
    """Show every check of an upgrade or downgrade, and its plan; nothing is changed; exit status 0 only if it would start."""
    from chameleon_migrations.commands import preflight

    preflight.run(config, revision, as_json=as_json, verbose=verbose)


def rehearse(config: Config, revision: str = "head", as_json: bool = False) -> None:
    """Do an upgrade or downgrade for real in one transaction, show what it did, and undo it."""
    from chameleon_migrations.commands import rehearse

    rehearse.run(config, revision, as_json=as_json)


def status(config: Config, as_json: bool = False) -> None:
    """Show the catalogue's version, sources, tables and positions, and what is left beside it; nothing is changed."""
    from chameleon_migrations.commands import status

    status.run(config, as_json=as_json)


def configure(config: Config, files: Sequence[str] = (), to_stdout: bool = False) -> None:
    """Write pg_chameleon 2's configuration file from those of 1.8.2; --config says which; none is ever overwritten."""
    from chameleon_migrations.commands import configure

    configure.run(config, files, to_stdout=to_stdout)


def verify(  # noqa: PLR0913, PLR0917 - an option each
    config: Config,
    tables: Sequence[str] = (),
    sample: float | None = None,
    wait: float = 30,
    values: bool = False,
    time_zone: str | None = None,
    as_json: bool = False,
) -> None:
    """Compare the rows of every registered table with MySQL's; nothing is changed; exit status 0 only if all are equal."""
    from chameleon_migrations.commands import verify
    from chameleon_migrations.verification.comparison import Options

    verify.run(config, tables, Options(sample, wait, values), time_zone, as_json=as_json)


def report(config: Config, output: str | None = None, verified: str | None = None) -> None:
    """Write one HTML page to look at and pass on, before or after an upgrade; nothing is changed."""
    from chameleon_migrations.commands import report

    report.run(config, output, verified)


def init(config: Config, directory: str) -> None:
    """Create a directory for revisions of your own, chained after ours."""
    from chameleon_migrations.commands import init

    init.run(config, directory)


INSTEAD = {"init": init}
"""Alembic's command to ours that replaces it."""

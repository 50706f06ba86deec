"""Our own commands, as alembic's command line registers them; each imports what it needs when it is run."""

# ruff: noqa: PLC0415, FBT001, FBT002 - imports inside, and alembic calls a command with its options by name

from __future__ import annotations

from alembic.config import CommandLine, Config


def register(line: CommandLine) -> None:
    """Add the commands and their options to `line`."""
    line.register_command(preflight)
    options = line.subparsers.choices["preflight"]
    options.add_argument("revision", nargs="?", default="head", help="where to upgrade to; default: head")
    line.register_command(status)
    for command in ("preflight", "status"):
        line.subparsers.choices[command].add_argument(
            "--json", dest="as_json", action="store_true", help="print one JSON object"
        )


def preflight(config: Config, revision: str = "head", as_json: bool = False) -> None:
    """Show every check of an upgrade, and its plan; nothing is changed, and the exit status is 0 only if it would start."""
    from chameleon_migrations import preflight

    preflight.run(config, revision, as_json=as_json)


def status(config: Config, as_json: bool = False) -> None:
    """Show the catalogue's version, sources, tables and positions, and what is left beside it; nothing is changed."""
    from chameleon_migrations import status

    status.run(config, as_json=as_json)

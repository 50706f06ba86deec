"""How a migration is rehearsed: the command itself, in one transaction that is undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from chameleon_migrations.database.attempts import Summary

ATTRIBUTE = "chameleon_migrations.rehearsal"
"""The attribute of alembic's configuration under which `rehearse` hands over what is to be done before the end."""


@dataclass(frozen=True)
class Rehearsed:
    """A migration that is done and not committed.

    Attributes:
        connection: Its transaction.
        versions: The version that it started from, and those that it led to, in this order.
        done: The events and times of it.
        warnings: What its checks warned of.
    """

    connection: Connection
    versions: Sequence[str]
    done: Summary
    warnings: Sequence[str]


AtTheEnd = Callable[[Rehearsed], None]
"""What is called before the transaction is undone."""


def rehearse(config: Config, revision: str, at_the_end: AtTheEnd, *, upwards: bool) -> None:
    """Upgrade or downgrade to `revision`, call `at_the_end`, and undo all of it.

    Raises:
        UserError: What the command itself would raise.
    """
    config.attributes[ATTRIBUTE] = at_the_end
    try:
        (command.upgrade if upwards else command.downgrade)(config, revision)
    finally:
        del config.attributes[ATTRIBUTE]


def requested(config: Config) -> AtTheEnd | None:
    """Return what `rehearse` was given, or None where the command is meant."""
    found: AtTheEnd | None = config.attributes.get(ATTRIBUTE)
    return found

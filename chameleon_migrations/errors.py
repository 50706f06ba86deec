"""What a command says to the person who ran it when it cannot go on."""

from __future__ import annotations

from alembic.util import CommandError


class UserError(CommandError):
    """What was found, what is needed and what to do, in one line and without a secret.

    Alembic prints it as ``FAILED: …``, without a traceback, and exits with a status other than 0.
    """

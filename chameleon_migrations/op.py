"""`alembic.op` with the operations of this package, typed: what a revision imports."""

from typing import Any

import alembic.op

import chameleon_migrations.operations  # noqa: F401 - registers the operations


def __getattr__(name: str) -> Any:
    return getattr(alembic.op, name)

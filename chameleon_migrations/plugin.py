"""What alembic loads through the entry point ``alembic.plugins``.

Alembic is only half imported when it does so: nothing of it may be imported outside `setup`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alembic.runtime.plugins import Plugin


def setup(plugin: Plugin) -> None:
    """Register the custom operations, so that ``alembic.op`` has them, and what autogenerate is to compare."""
    import chameleon_migrations.operations  # noqa: F401, PLC0415
    from chameleon_migrations.autogenerate.comparison import add_comparators  # noqa: PLC0415

    add_comparators(plugin)

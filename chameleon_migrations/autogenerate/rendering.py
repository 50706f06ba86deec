"""How ``alembic revision --autogenerate`` writes our operations. Importing this module registers it with alembic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic.autogenerate import renderers
from alembic.operations import ops

from chameleon_migrations.operations.objects import DropObjects, InstallObjects, SetEnumLabels

if TYPE_CHECKING:
    from alembic.autogenerate.api import AutogenContext


@renderers.dispatch_for(ops.CreatePrimaryKeyOp, replace=True)
def _render_primary_key(_: AutogenContext, operation: ops.CreatePrimaryKeyOp) -> str:
    """Return the call that alembic itself cannot render."""
    arguments = (operation.constraint_name, operation.table_name, list(operation.columns))
    return f"op.create_primary_key({', '.join(map(repr, arguments))}, schema={operation.schema!r})"


@renderers.dispatch_for(InstallObjects)
def _render_install(_: AutogenContext, operation: InstallObjects) -> str:
    return _call("install_objects", operation.files)


@renderers.dispatch_for(DropObjects)
def _render_drop(_: AutogenContext, operation: DropObjects) -> str:
    return _call("drop_objects", operation.objects)


@renderers.dispatch_for(SetEnumLabels)
def _render_labels(_: AutogenContext, operation: SetEnumLabels) -> str:
    return _call("set_enum_labels", (operation.name, *operation.labels))


def _call(name: str, arguments: tuple[str, ...]) -> str:
    return f"op.{name}({', '.join(map(repr, arguments))})"

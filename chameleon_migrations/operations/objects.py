"""Operations on the catalogue's types, functions, aggregates and views, each of which lives in a SQL file named after it."""

from __future__ import annotations

from collections.abc import Iterable

from alembic.operations import Operations

from chameleon_migrations.catalogue import CATALOGUE
from chameleon_migrations.location import sql
from chameleon_migrations.operations.base import CatalogueOperation
from chameleon_migrations.operations.schema import quote


@Operations.register_operation("install_objects")
class InstallObjects(CatalogueOperation):
    """Create what SQL files define in the live catalogue."""

    def __init__(self, files: tuple[str, ...]) -> None:
        self.files = files

    @classmethod
    def install_objects(cls, operations: Operations, *files: str) -> None:
        """Create what `files` define; a function, aggregate or view that is there is replaced.

        Args:
            operations: Alembic's operations.
            files: SQL files below ``versions/``, such as ``2.0.0/fn_replay_mysql.sql``.

        Raises:
            StepFailed: PostgreSQL refused a statement.
        """
        operations.invoke(cls(files))

    @property
    def title(self) -> str:
        """What the step does."""
        return f"install {', '.join(self.files)}"

    def statements(self) -> Iterable[str]:
        """Return the files' texts."""
        return map(sql, self.files)


@Operations.register_operation("drop_object")
class DropObject(CatalogueOperation):
    """Drop a type, function, aggregate or view of the live catalogue."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind = kind
        self.name = name

    @classmethod
    def drop_object(cls, operations: Operations, kind: str, name: str) -> None:
        """Drop an object on which no other depends.

        Args:
            operations: Alembic's operations.
            kind: What it is to SQL: ``VIEW``, ``FUNCTION``, ``AGGREGATE`` or ``TYPE``.
            name: Its name in the catalogue, quoted where SQL wants that, a function's with its types of arguments.

        Raises:
            StepFailed: It is not there, something depends on it, or the role may not.
        """
        operations.invoke(cls(kind, name))

    @property
    def title(self) -> str:
        """What the step does."""
        return f"drop the {self.kind.lower()} {self.name}"

    def statements(self) -> Iterable[str]:
        """Return the one statement."""
        return [f"DROP {self.kind} {quote(CATALOGUE)}.{self.name}"]

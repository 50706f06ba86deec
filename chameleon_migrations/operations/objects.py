"""Operations on the catalogue's types, functions, aggregates and views. A SQL file holds each, named after it."""

from __future__ import annotations

from collections.abc import Iterable

from alembic.operations import MigrateOperation, Operations

from chameleon_migrations.database.catalogue import CATALOGUE
from chameleon_migrations.database.sql_files import alike, before, sql
from chameleon_migrations.database.sql_text import identifier, literal
from chameleon_migrations.operations.base import CatalogueOperation


@Operations.register_operation("install_objects")
class InstallObjects(CatalogueOperation):
    """Create what SQL files define in the live catalogue.

    Attributes:
        files: The files.
        added: What autogenerate found to be missing of it, as for `DropObjects`.
        changed: What autogenerate found to be there with another definition.
    """

    def __init__(
        self, files: tuple[str, ...], added: tuple[str, ...] = (), changed: tuple[str, ...] = ()
    ) -> None:
        self.files = files
        self.added = added
        self.changed = changed

    @classmethod
    def install_objects(cls, operations: Operations, *files: str) -> None:
        """Create what `files` define; a function, aggregate or view that is there is replaced.

        Args:
            operations: Alembic's operations.
            files: SQL files below a version location, such as ``common/fn_replay_mysql.sql``.

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

    def reverse(self) -> MigrateOperation:
        """Return the operation that installs the previous version's files, or drops what is new."""
        earlier = tuple(filter(None, map(before, self.files)))
        if earlier or not self.added:
            return InstallObjects(earlier or self.files)
        return DropObjects(self.added)


@Operations.register_operation("drop_objects")
class DropObjects(CatalogueOperation):
    """Drop types, functions, aggregates and views of the live catalogue."""

    def __init__(self, objects: tuple[str, ...]) -> None:
        self.objects = objects

    @classmethod
    def drop_objects(cls, operations: Operations, *objects: str) -> None:
        """Drop objects on which no other depends.

        Args:
            operations: Alembic's operations.
            objects: Each as SQL names it, without its schema: ``VIEW v_fkeys``, ``FUNCTION f(integer)``.

        Raises:
            StepFailed: One is not there, something depends on it, or the role may not.
        """
        operations.invoke(cls(objects))

    @property
    def title(self) -> str:
        """What the step does."""
        return f"drop {', '.join(self.objects)}"

    def statements(self) -> Iterable[str]:
        """Return a statement for each."""
        for described in self.objects:
            kind, name = described.split(" ", 1)
            yield f"DROP {kind} {identifier(CATALOGUE)}.{name}"

    def reverse(self) -> MigrateOperation:
        """Return the operation that installs them from the newest files named after them."""
        names = (described.split(" ", 1)[1].split("(")[0] for described in self.objects)
        return InstallObjects(tuple((alike(f"{name}.sql") or [f"{name}.sql"])[-1] for name in names))


@Operations.register_operation("set_enum_labels")
class SetEnumLabels(CatalogueOperation):
    """Give an enum of the live catalogue other labels."""

    def __init__(self, name: str, labels: tuple[str, ...], instead_of: tuple[str, ...] = ()) -> None:
        self.name = name
        self.labels = labels
        self.instead_of = instead_of

    @classmethod
    def set_enum_labels(cls, operations: Operations, name: str, *labels: str) -> None:
        """Give the enum `name` exactly `labels`, in this order, in every column that has it.

        An enum that is not there is created; without labels, one that no column has is dropped.

        Args:
            operations: Alembic's operations.
            name: The enum's name.
            labels: Its labels.

        Raises:
            StepFailed: A row has a label that goes away, or the role may not.
        """
        operations.invoke(cls(name, labels))

    @property
    def title(self) -> str:
        """What the step does."""
        return (
            f"give the enum {self.name} the labels {', '.join(self.labels) or 'that are none, and drop it'}"
        )

    def statements(self) -> Iterable[str]:
        """Return the name, the labels, and the script that reads them."""
        yield f"SELECT set_config('chameleon.enum', {literal(self.name)}, true)"
        labels = ", ".join(map(literal, self.labels))
        yield f"SELECT set_config('chameleon.labels', ARRAY[{labels}]::text[]::text, true)"
        yield sql("common/set_enum_labels.sql")

    def reverse(self) -> MigrateOperation:
        """Return the operation that gives it the labels of before."""
        return SetEnumLabels(self.name, self.instead_of, self.labels)

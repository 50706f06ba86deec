"""Operations on the catalogue as a schema: create, rename, install, version, rights, drop."""

from __future__ import annotations

import json
from collections.abc import Iterable

from alembic.operations import MigrateOperation, Operations

from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V2
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import identifier, literal
from chameleon_migrations.operations.base import CatalogueOperation


@Operations.register_operation("rename_schema")
class RenameSchema(CatalogueOperation):
    """Rename a schema; everything in it, rights included, goes along."""

    def __init__(self, old: str, new: str) -> None:
        self.old = old
        self.new = new

    @classmethod
    def rename_schema(cls, operations: Operations, old: str, new: str) -> None:
        """Rename the schema `old` to `new`.

        Raises:
            StepFailed: `old` is missing, `new` exists, or the role may not.
        """
        operations.invoke(cls(old, new))

    @property
    def title(self) -> str:
        """What the step does."""
        return f"rename the schema {self.old} to {self.new}"

    def statements(self) -> Iterable[str]:
        """Return the one statement."""
        return [f"ALTER SCHEMA {identifier(self.old)} RENAME TO {identifier(self.new)}"]

    def reverse(self) -> MigrateOperation:
        """Return the renaming back."""
        return RenameSchema(self.new, self.old)


@Operations.register_operation("install_catalogue")
class InstallCatalogue(CatalogueOperation):
    """Create the schema `CATALOGUE` and the objects in it."""

    def __init__(self, version: str, files: tuple[str, ...]) -> None:
        self.version = version
        self.files = files

    @classmethod
    def install_catalogue(cls, operations: Operations, version: str, *files: str) -> None:
        """Create the schema `CATALOGUE` and run the revisions' `files` in it, in this order.

        Args:
            operations: Alembic's operations.
            version: What the new catalogue's ``v_version`` says.
            files: SQL files below ``versions/``, such as ``2.0.0/schema.sql``.

        Raises:
            StepFailed: PostgreSQL refused a statement.
        """
        operations.invoke(cls(version, files))

    @property
    def title(self) -> str:
        """What the step does."""
        return f"install the {self.version} catalogue"

    def statements(self) -> Iterable[str]:
        """Return the files' texts and the view that names the version."""
        yield f"CREATE SCHEMA {identifier(CATALOGUE)}"
        for name in self.files:
            yield sql(name)
        yield version_view(self.version)

    def reverse(self) -> MigrateOperation:
        """Return the operation that drops the catalogue."""
        return DropCatalogue()


def version_view(version: str) -> str:
    """Return the statement after which the catalogue says that it is of `version`."""
    return f"CREATE OR REPLACE VIEW {identifier(CATALOGUE)}.v_version AS SELECT {literal(version)}::text AS t_version"


@Operations.register_operation("drop_catalogue")
class DropCatalogue(CatalogueOperation):
    """Drop the live catalogue, and the one that a downgrade kept, with all that is in them."""

    @classmethod
    def drop_catalogue(cls, operations: Operations) -> None:
        """Drop the schemas `CATALOGUE` and, where there is one, `CATALOGUE_V2`.

        Raises:
            StepFailed: The role may not.
        """
        operations.invoke(cls())

    @property
    def title(self) -> str:
        """What the step does."""
        return "drop the catalogue"

    def statements(self) -> Iterable[str]:
        """Return a statement per schema."""
        return [
            f"DROP SCHEMA {identifier(CATALOGUE)} CASCADE",
            f"DROP SCHEMA IF EXISTS {identifier(CATALOGUE_V2)} CASCADE",
        ]


@Operations.register_operation("set_catalogue_version")
class SetCatalogueVersion(CatalogueOperation):
    """Make the live catalogue's ``v_version`` say another version."""

    def __init__(self, version: str, instead_of: str) -> None:
        self.version = version
        self.instead_of = instead_of

    @classmethod
    def set_catalogue_version(cls, operations: Operations, version: str, *, instead_of: str) -> None:
        """Make ``v_version`` say `version`, the last step of a revision in either direction.

        Args:
            operations: Alembic's operations.
            version: The version that the catalogue is of now.
            instead_of: The version that it was of before.

        Raises:
            StepFailed: The role may not.
        """
        operations.invoke(cls(version, instead_of))

    @property
    def title(self) -> str:
        """What the step does."""
        return f"set the catalogue version to {self.version} (was {self.instead_of})"

    def statements(self) -> Iterable[str]:
        """Return the one statement."""
        return [version_view(self.version)]

    def reverse(self) -> MigrateOperation:
        """Return the operation that says the version of before again."""
        return SetCatalogueVersion(self.instead_of, self.version)


@Operations.register_operation("share_rights")
class ShareRights(CatalogueOperation):
    """Make the owner and the users of the catalogue those of what a revision added to it."""

    def __init__(self, relations: tuple[str, ...]) -> None:
        self.relations = relations

    @classmethod
    def share_rights(cls, operations: Operations, *relations: str) -> None:
        """Give tables and views to the catalogue's owner, and to a role what it may do with all the others.

        Args:
            operations: Alembic's operations.
            relations: Tables and views of the catalogue; a table's sequences go along.

        Raises:
            StepFailed: The role may not.
        """
        operations.invoke(cls(relations))

    @property
    def title(self) -> str:
        """What the step does."""
        return f"share the catalogue's rights with {', '.join(self.relations)}"

    def statements(self) -> Iterable[str]:
        """Return the names, and the script that reads them."""
        names = literal(json.dumps([f"{CATALOGUE}.{identifier(relation)}" for relation in self.relations]))
        return [f"SELECT set_config('chameleon.shared', {names}, true)", sql("common/share_rights.sql")]

"""Operations that carry what one catalogue knows over to the next; their SQL lies beside the revision."""

from __future__ import annotations

from collections.abc import Iterable

from alembic.operations import Operations

from chameleon_migrations.location import sql
from chameleon_migrations.operations.base import CatalogueOperation


class _Script(CatalogueOperation):
    """A step that is one SQL file."""

    file: str
    what: str

    @property
    def title(self) -> str:
        """What the step does."""
        return self.what

    def statements(self) -> Iterable[str]:
        """Return the file's text."""
        return [sql(self.file)]


@Operations.register_operation("register_sources")
class RegisterSources(_Script):
    """Add the configuration file's sources to an empty 2.0.0 catalogue."""

    file = "2.0.0/register_sources.sql"
    what = "register the sources"

    @classmethod
    def register_sources(cls, operations: Operations) -> None:
        """Add a source, its log tables and its times for each key under ``sources:`` in the configuration file."""
        operations.invoke(cls())


@Operations.register_operation("migrate_tables")
class MigrateTables(_Script):
    """Carry the registered tables from the 1.7 to the 2.0.0 catalogue."""

    file = "2.0.0/migrate_tables.sql"
    what = "migrate the tables"

    @classmethod
    def migrate_tables(cls, operations: Operations) -> None:
        """Register each of 1.7's tables, with its key and one past its position, in its new source."""
        operations.invoke(cls())


@Operations.register_operation("set_positions")
class SetPositions(_Script):
    """Say where each new source goes on reading, and where it is consistent."""

    file = "2.0.0/set_positions.sql"
    what = "set the sources' positions"

    @classmethod
    def set_positions(cls, operations: Operations) -> None:
        """Give each new source a batch at its lowest resume position, and its high watermark."""
        operations.invoke(cls())


@Operations.register_operation("copy_rights")
class CopyRights(_Script):
    """Make the new catalogue's owner and grants those of the old one."""

    file = "2.0.0/copy_rights.sql"
    what = "copy the old catalogue's owner and grants"

    @classmethod
    def copy_rights(cls, operations: Operations) -> None:
        """Give the catalogue to the old one's owner, and its users what they could use there."""
        operations.invoke(cls())


@Operations.register_operation("carry_tables_back")
class CarryTablesBack(_Script):
    """Make the tables registered in 1.7 those that 2.0.0 replicates."""

    file = "2.0.0/carry_tables_back.sql"
    what = "carry the tables back"

    @classmethod
    def carry_tables_back(cls, operations: Operations) -> None:
        """Register in 1.7 each table that 2.0 replicates, with its key, and one past its position where that is later."""
        operations.invoke(cls())


@Operations.register_operation("carry_positions_back")
class CarryPositionsBack(_Script):
    """Let the sources of 1.7 go on where 2.0.0 has stopped."""

    file = "2.0.0/carry_positions_back.sql"
    what = "carry the sources' positions back"

    @classmethod
    def carry_positions_back(cls, operations: Operations) -> None:
        """Give each old source a batch at its new source's resume position, and that one's status and times."""
        operations.invoke(cls())

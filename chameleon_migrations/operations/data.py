"""Operations that carry what one catalogue knows over to the next; their SQL lies beside the revision."""

from __future__ import annotations

from collections.abc import Iterable

from alembic.operations import Operations

from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.operations.base import CatalogueOperation


class _Script(CatalogueOperation):
    """A step that is one SQL file below ``versions/``."""

    file: str
    what: str

    @classmethod
    def run(cls, operations: Operations) -> None:
        """Run the file.

        Raises:
            StepFailed: PostgreSQL refused a statement.
        """
        operations.invoke(cls())

    @property
    def title(self) -> str:
        """What the step does."""
        return self.what

    def statements(self) -> Iterable[str]:
        """Return the file's text."""
        return [sql(self.file)]


@Operations.register_operation("register_sources", "run")
class RegisterSources(_Script):
    """Add a source, its log tables and its times for each key under ``sources:`` in the configuration file."""

    file = "2.0.0/register_sources.sql"
    what = "register the sources"


@Operations.register_operation("migrate_tables", "run")
class MigrateTables(_Script):
    """Register each of 1.7's tables, with its key and one past its position, in its new source."""

    file = "2.0.0/migrate_tables.sql"
    what = "migrate the tables"


@Operations.register_operation("set_positions", "run")
class SetPositions(_Script):
    """Give each new source a batch at its lowest resume position, and its high watermark."""

    file = "2.0.0/set_positions.sql"
    what = "set the sources' positions"


@Operations.register_operation("carry_tables_back", "run")
class CarryTablesBack(_Script):
    """Register in 1.7 what 2.0 replicates, with its keys and later positions, and nothing else."""

    file = "2.0.0/carry_tables_back.sql"
    what = "carry the tables back"


@Operations.register_operation("carry_positions_back", "run")
class CarryPositionsBack(_Script):
    """Let each old source go on where its new source stopped."""

    file = "2.0.0/carry_positions_back.sql"
    what = "carry the sources' positions back"


@Operations.register_operation("copy_rights", "run")
class CopyRights(_Script):
    """Give the catalogue to the old one's owner, and its users what they could use there."""

    file = "2.0.0/copy_rights.sql"
    what = "copy the old catalogue's owner and grants"

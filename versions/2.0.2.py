"""The catalogue of pg_chameleon 2.0.5: sources can be paused, and know when they were last maintained."""

from sqlalchemy import Boolean, Column, DateTime, text

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.2"
down_revision = "2.0.1"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions(loses=["2.0.2/checks/paused.sql"])

TABLES = ("t_last_received", "t_last_replayed", "t_sources")


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    for table in TABLES:
        op.add_column(
            table, Column("b_paused", Boolean, server_default=text("false"), nullable=False), schema=CATALOGUE
        )
    op.add_column("t_sources", Column("ts_last_maintenance", DateTime), schema=CATALOGUE)
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.drop_column("t_sources", "ts_last_maintenance", schema=CATALOGUE)
    for table in TABLES:
        op.drop_column(table, "b_paused", schema=CATALOGUE)
    op.set_catalogue_version(down_revision, instead_of=revision)

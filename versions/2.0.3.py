"""The catalogue of pg_chameleon 2.0.6 and 2.0.7: a source can be in maintenance."""

from sqlalchemy import Boolean, Column, text

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.3"
down_revision = "2.0.2"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions(loses=["2.0.3/checks/maintenance.sql"])


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    op.add_column(
        "t_sources",
        Column("b_maintenance", Boolean, server_default=text("false"), nullable=False),
        schema=CATALOGUE,
    )
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.drop_column("t_sources", "b_maintenance", schema=CATALOGUE)
    op.set_catalogue_version(down_revision, instead_of=revision)

"""The catalogue of pg_chameleon 2.0.8: a batch knows its GTID set."""

from sqlalchemy import Column, Text

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.4"
down_revision = "2.0.3"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions(loses=["2.0.4/checks/gtid_sets.sql"])


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    op.add_column("t_replica_batch", Column("t_gtid_set", Text), schema=CATALOGUE)
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.drop_column("t_replica_batch", "t_gtid_set", schema=CATALOGUE)
    op.set_catalogue_version(down_revision, instead_of=revision)

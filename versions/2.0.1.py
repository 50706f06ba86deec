"""The catalogue of pg_chameleon 2.0.3 and 2.0.4: binlog offsets past 2^31. The log tables inherit the column."""

from sqlalchemy import BigInteger, Integer

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.1"
down_revision = "2.0.0"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions("2.0.1/checks/offsets.sql")

TABLES = ("t_error_log", "t_log_replica", "t_replica_batch", "t_replica_tables", "t_sources")


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    for table in TABLES:
        op.alter_column(table, "i_binlog_position", type_=BigInteger(), schema=CATALOGUE)
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    for table in TABLES:
        op.alter_column(table, "i_binlog_position", type_=Integer(), schema=CATALOGUE)
    op.set_catalogue_version(down_revision, instead_of=revision)

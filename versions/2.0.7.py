"""The catalogue of pg_chameleon 2.0.14 to 2.0.16: indexes and keys can be put aside while tables are copied."""

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.7"
down_revision = "2.0.6"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions("2.0.7/checks/put_aside.sql")


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    op.install_objects("2.0.7/index_tables.sql", "2.0.7/v_fkeys.sql", "2.0.7/v_idx_pkeys.sql")
    op.share_rights("t_indexes", "t_pkeys", "t_fkeys", "v_fkeys", "v_idx_pkeys")
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.drop_objects("VIEW v_fkeys", "VIEW v_idx_pkeys")
    for table in ("t_indexes", "t_pkeys", "t_fkeys"):
        op.drop_table(table, schema=CATALOGUE)
    op.set_catalogue_version(down_revision, instead_of=revision)

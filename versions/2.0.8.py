"""The catalogue of pg_chameleon 2.0.17: unique constraints are put aside as constraints, not as indexes."""

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.8"
down_revision = "2.0.7"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions(loses=["2.0.8/checks/unique_keys.sql"])


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    op.drop_objects("VIEW v_idx_pkeys")
    op.install_objects("2.0.8/t_ukeys.sql", "2.0.8/v_idx_cons.sql")
    op.share_rights("t_ukeys", "v_idx_cons")
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.drop_objects("VIEW v_idx_cons")
    op.drop_table("t_ukeys", schema=CATALOGUE)
    op.install_objects("2.0.7/v_idx_pkeys.sql")
    op.share_rights("v_idx_pkeys")
    op.set_catalogue_version(down_revision, instead_of=revision)

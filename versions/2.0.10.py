"""The catalogue of pg_chameleon 2.0.21: `fn_replay_mysql` only.

It has one text for all versions, and is installed in both directions, because a catalogue made by pg_chameleon has the
text of its own version.
"""

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions

revision = "2.0.10"
down_revision = "2.0.9"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions()


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    op.install_objects("common/fn_replay_mysql.sql")
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.install_objects("common/fn_replay_mysql.sql")
    op.set_catalogue_version(down_revision, instead_of=revision)

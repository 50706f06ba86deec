"""The catalogue of pg_chameleon 2.0.9: a batch knows its log table.

`fn_replay_mysql` has one text for all versions. It is installed in both directions, because a catalogue made by
pg_chameleon has the text of its own version. Below 2.0.5 it finds a batch's events through the log tables' parent.
"""

from sqlalchemy import Column, String, text

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.5"
down_revision = "2.0.4"
branch_labels = None
depends_on = None

before_upgrade = between_versions()
before_downgrade = between_versions()


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    op.add_column(
        "t_replica_batch",
        Column("v_log_table", String, server_default=text("'t_log_replica'"), nullable=False),
        schema=CATALOGUE,
    )
    op.install_objects("common/fn_replay_mysql.sql")
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.install_objects("common/fn_replay_mysql.sql")
    op.drop_column("t_replica_batch", "v_log_table", schema=CATALOGUE)
    op.set_catalogue_version(down_revision, instead_of=revision)

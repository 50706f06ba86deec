"""The catalogue of pg_chameleon 2.0.0 to 2.0.2.

It takes the place of the 1.7 catalogue, whose sources merge into those of the configuration file. On the way back, what 2.0 has
done since is carried into the 1.7 catalogue.
"""

from chameleon_migrations import op
from chameleon_migrations.checks import hooks
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1, CATALOGUE_V2

revision = "2.0.0"
down_revision = "1.7"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    with op.post_mortem(old=CATALOGUE_V1, kept_as=CATALOGUE_V2):
        op.lock_catalogue()
        op.check_again(revision)
        op.rename_schema(CATALOGUE, CATALOGUE_V1)
        op.install_catalogue(
            revision,
            "2.0.0/schema.sql",
            "2.0.0/ty_replay_status.sql",
            "common/fn_refresh_parts.sql",
            "2.0.0/binlog_positions.sql",
            "common/fn_replay_mysql.sql",
        )
        op.register_sources()
        op.migrate_tables()
        op.set_positions()
        op.copy_rights()
        op.refuse_waiting()


def downgrade() -> None:
    op.run_pre_revision_hook(revision, hooks.DOWNGRADE)
    op.lock_catalogue()
    op.check_again(revision, hooks.DOWNGRADE)
    op.rename_schema(CATALOGUE, CATALOGUE_V2)
    op.rename_schema(CATALOGUE_V1, CATALOGUE)
    op.carry_tables_back()
    op.carry_positions_back()
    op.refuse_waiting()

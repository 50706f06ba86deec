"""The catalogue of pg_chameleon 2.0.0 to 2.0.2.

It replaces the 1.7 catalogue, whose sources merge into those of the configuration file. The downgrade carries the progress
of 2.0 back into the 1.7 catalogue.
"""

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, STOPPED, Hook
from chameleon_migrations.checks.downgrade_plan import read_downgrade_plan
from chameleon_migrations.checks.merge_plan import read_merge_plan
from chameleon_migrations.checks.mysql_servers import ask_servers
from chameleon_migrations.database.catalogue import CATALOGUE, CATALOGUE_V1, CATALOGUE_V2
from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.replay.preparation import ReplayPending

revision = "2.0.0"
down_revision = "1.7"
branch_labels = None
depends_on = None

before_upgrade = Hook(
    needs=[
        "2.0.0/checks/structure.sql",
        "2.0.0/checks/leftovers.sql",
        "2.0.0/checks/privileges.sql",
        "common/checks/owner.sql",
    ],
    views=lambda: [sql("2.0.0/plan.sql"), sql("common/seen.sql")],
    checks=[
        *STOPPED,
        "2.0.0/checks/damage.sql",
        "2.0.0/checks/source_schemas.sql",
        "2.0.0/checks/mappings.sql",
        "2.0.0/checks/destinations.sql",
        "2.0.0/checks/source_types.sql",
        "2.0.0/checks/source_names.sql",
        "2.0.0/checks/positions.sql",
        "2.0.0/checks/servers.sql",
        "2.0.0/checks/missing_tables.sql",
        "2.0.0/checks/replay_privileges.sql",
    ],
    log=["common/checks/events.sql"],
    locked=["common/checks/moved.sql", "2.0.0/checks/pending.sql"],
    warnings=[
        "common/checks/stale.sql",
        "2.0.0/checks/left_behind.sql",
        "2.0.0/checks/missing_idle_tables.sql",
        "2.0.0/checks/dotted_names.sql",
    ],
    servers=ask_servers,
    plan=read_merge_plan,
    prepare=ReplayPending("1.7"),
)
before_downgrade = Hook(
    needs=["2.0.0/checks/old_catalogue.sql", "2.0.0/checks/privileges.sql", "common/checks/owner.sql"],
    views=lambda: [
        sql("2.0.0/plan.sql", catalogue=f"{CATALOGUE_V1}."),
        sql("2.0.0/carry_back_plan.sql"),
        sql("common/seen.sql"),
    ],
    checks=[
        *STOPPED,
        "2.0.0/checks/back_mappings.sql",
        "2.0.0/checks/back_positions.sql",
        "2.0.0/checks/back_binlogs.sql",
        "2.0.0/checks/back_limits.sql",
        "2.0.0/checks/missing_tables.sql",
        "2.0.0/checks/replay_privileges.sql",
    ],
    log=["common/checks/events.sql"],
    locked=["common/checks/moved.sql", "2.0.0/checks/pending.sql"],
    warnings=[
        "common/checks/stale.sql",
        "2.0.0/checks/left_behind.sql",
        "2.0.0/checks/missing_idle_tables.sql",
        "2.0.0/checks/disabled.sql",
        "2.0.0/checks/unclosed.sql",
    ],
    plan=read_downgrade_plan,
    prepare=ReplayPending("2.0.0"),
)


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
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    op.check_again(revision, DOWNGRADE)
    op.rename_schema(CATALOGUE, CATALOGUE_V2)
    op.rename_schema(CATALOGUE_V1, CATALOGUE)
    op.carry_tables_back()
    op.carry_positions_back()
    op.refuse_waiting()

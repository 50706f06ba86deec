"""The catalogue of pg_chameleon 2.0.18 to 2.0.20: names are as long as MySQL's, 64 characters."""

from sqlalchemy import String

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions
from chameleon_migrations.database.catalogue import CATALOGUE

revision = "2.0.9"
down_revision = "2.0.8"
branch_labels = None
depends_on = None

before_upgrade = between_versions("2.0.9/checks/names.sql")
before_downgrade = between_versions()

NAMES = {
    "t_replica_tables": ("v_schema_name", "v_table_name"),
    "t_discarded_rows": ("v_schema_name", "v_table_name"),
    "t_indexes": ("v_schema_name", "v_table_name", "v_index_name"),
    "t_pkeys": ("v_schema_name", "v_table_name", "v_index_name"),
    "t_ukeys": ("v_schema_name", "v_table_name", "v_index_name"),
    "t_fkeys": ("v_schema_name", "v_table_name", "v_constraint_name"),
}
LENGTHS_BELOW = {"t_replica_tables": 100, "t_discarded_rows": 100}


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
    for table, columns in NAMES.items():
        for column in columns:
            op.alter_column(table, column, type_=String(64), schema=CATALOGUE)
    op.set_catalogue_version(revision, instead_of=down_revision)


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
    for table, columns in NAMES.items():
        for column in columns:
            op.alter_column(table, column, type_=String(LENGTHS_BELOW.get(table)), schema=CATALOGUE)
    op.set_catalogue_version(down_revision, instead_of=revision)

"""The catalogue of pg_chameleon 1.8.2.

It is adopted where there is one, and created, empty, where ``-x create=YES`` asks for it.
"""

from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, STOPPED, Hook

revision = "1.7"
down_revision = None
branch_labels = None
depends_on = None

before_downgrade = Hook(
    checks=[*STOPPED, "1.7/checks/sources.sql"],
    warnings=["common/checks/stale.sql"],
)


def upgrade() -> None:
    op.install_catalogue(
        revision, "1.7/schema.sql", "common/fn_refresh_parts.sql", "1.7/fn_process_batch.sql"
    )


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.drop_catalogue()

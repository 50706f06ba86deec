"""${message}"""
<%
    import re

    catalogue_version = re.fullmatch(r"\d+(\.\d+)+", up_revision)
    steps = {"up": upgrades or "", "down": downgrades or ""}
    sqlalchemy = ["import sqlalchemy as sa"] if any("sa." in step for step in steps.values()) else []
    imported = [*sqlalchemy, *imports.splitlines()] if imports else sqlalchemy
%>
% if imported:
${"\n".join(imported)}

% endif
from chameleon_migrations import op
from chameleon_migrations.checks import DOWNGRADE, between_versions

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}

before_upgrade = between_versions()
before_downgrade = between_versions()


def upgrade() -> None:
    op.run_pre_revision_hook(revision)
    op.lock_catalogue()
% if steps["up"]:
    ${steps["up"]}
% endif
% if catalogue_version:
    op.set_catalogue_version(revision, instead_of=down_revision)
% endif


def downgrade() -> None:
    op.run_pre_revision_hook(revision, DOWNGRADE)
    op.lock_catalogue()
% if steps["down"]:
    ${steps["down"]}
% endif
% if catalogue_version:
    op.set_catalogue_version(down_revision, instead_of=revision)
% endif

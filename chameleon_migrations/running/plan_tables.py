"""The plan of the merge as tables, before the question and in preflight."""

from __future__ import annotations

from alembic.config import Config

from chameleon_migrations.checks.merge_plan import MergePlan
from chameleon_migrations.terminal.display import show


def show_plan(config: Config, plan: MergePlan) -> None:
    """Print `plan` on the standard output of `config`, the tables counted."""
    headings = ("old source", "MySQL schema", "schema here", "new source", "tables", "resume position")
    rows = (tuple(vars(source).values()) for source in plan.old_sources)
    show(config, "Sources of 1.7", (*headings, "pending batches", "pending events"), rows)
    rows = (tuple(vars(source).values()) for source in plan.new_sources)
    show(config, "Sources of 2.0", ("source", "reads on from", "consistent at"), rows)
    show(config, "Schemas", ("now", "after the upgrade"), plan.renamed.items())
    config.print_stdout("The replay of the pending events will take about %.0f s.", plan.replay_seconds)

"""Preconditions of a revision: what a check and a hook are, how they are asked, and what MySQL is asked."""

from chameleon_migrations.checks.hook import DOWNGRADE, STOPPED, UPGRADE, Hook, between_versions

__all__ = ["DOWNGRADE", "STOPPED", "UPGRADE", "Hook", "between_versions"]

"""The commands of ``chameleon-migrations`` besides alembic's own: one module each."""

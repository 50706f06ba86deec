"""An alembic plugin that carries a pg_chameleon replica catalogue forward and back."""

__version__ = "1.0.0"

# Alembic loads our operations, which read the version, while it is imported: it has to be whole before any of our modules.
import alembic as alembic

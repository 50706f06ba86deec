"""An alembic plugin that carries a pg_chameleon replica catalogue forward and back."""

__version__ = "0.1.0"

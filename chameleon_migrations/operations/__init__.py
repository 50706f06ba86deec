"""The custom operations. Importing this package registers them with alembic."""

from chameleon_migrations.operations import data, hook, lock, objects, post_mortem, schema

__all__ = ["data", "hook", "lock", "objects", "post_mortem", "schema"]

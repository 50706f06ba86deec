"""What alembic runs: the configuration file, a connection, and the catalogue's version as the place to start from."""

from logging.config import fileConfig

from alembic import context

from chameleon_migrations.running import environment

if context.config.config_file_name is not None:
    fileConfig(context.config.config_file_name, disable_existing_loggers=False)

environment.run()

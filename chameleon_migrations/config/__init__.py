"""The configuration files: pg_chameleon 2's, and those of 1.8.2."""

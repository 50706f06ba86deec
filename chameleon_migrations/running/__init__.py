"""What runs around the revisions: the environment of a command, and the psql script of ``--sql``."""

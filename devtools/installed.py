"""Empty catalogues, built from the SQL files without alembic."""

from __future__ import annotations

from chameleon_migrations.database import sql_files

_FILES = {
    "1.7": ("1.7/schema.sql", "common/fn_refresh_parts.sql", "1.7/fn_process_batch.sql"),
    "2.0.0": (
        "2.0.0/schema.sql",
        "2.0.0/ty_replay_status.sql",
        "common/fn_refresh_parts.sql",
        "2.0.0/binlog_positions.sql",
        "common/fn_replay_mysql.sql",
    ),
}

INSTALLATIONS = {
    version: (
        "CREATE SCHEMA sch_chameleon",
        *map(sql_files.sql, files),
        f"CREATE VIEW sch_chameleon.v_version AS SELECT '{version}'::text AS t_version",
    )
    for version, files in _FILES.items()
}
"""Version to the statements that build its catalogue in an empty database."""

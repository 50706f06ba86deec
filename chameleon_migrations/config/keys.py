"""The keys of the configuration files by section: what pg_chameleon 2.0.21 reads, and what it needs."""

# fmt: off
ROOT_KEYS = (
    "fillfactor", "log_days_keep", "log_dest", "log_dir", "log_level", "pg_conn", "pid_dir", "rollbar_env",
    "rollbar_key", "sources", "type_override",
)
SOURCE_KEYS = (
    "auto_maintenance", "batch_retention", "copy_max_memory", "copy_mode", "db_conn", "grant_select_to",
    "gtid_enable", "keep_existing_schema", "limit_tables", "lock_timeout", "my_server_id", "net_read_timeout",
    "on_error_read", "on_error_replay", "out_dir", "replay_max_rows", "replica_batch_size", "schema_mappings",
    "skip_events", "skip_tables", "sleep_loop", "type",
)
# fmt: on
LOGIN_KEYS = ("host", "port", "user", "password", "charset")
CONNECTION_KEYS = (*LOGIN_KEYS, "database", "connect_timeout")

NEEDED_AT_ROOT = ("pg_conn", "sources")
NEEDED_OF_SOURCE = ("type", "db_conn", "schema_mappings")
NEEDED_OF_POSTGRES = (*LOGIN_KEYS, "database")
NEEDED_OF_MYSQL = (*LOGIN_KEYS, "connect_timeout")
"""Without these pg_chameleon 2, or the upgrade, would have nothing to connect to or to replicate."""

OLD_KEYS = frozenset({"my_database", "mysql_conn", "pg_database", "my_charset", "pg_charset"})
"""Keys at the top level of every file of pg_chameleon 1.8.2, and of none of 2."""

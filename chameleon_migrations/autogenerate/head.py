"""The head catalogue as SQLAlchemy metadata: what ``alembic check`` compares a database with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, JSONB

from chameleon_migrations.database.catalogue import CATALOGUE

_HEAD = MetaData(
    schema=CATALOGUE,
    info={
        "files": [
            "common/fn_refresh_parts.sql",
            "2.0.0/ty_replay_status.sql",
            "2.0.0/binlog_positions.sql",
            "common/fn_replay_mysql.sql",
            "2.0.7/v_fkeys.sql",
            "2.0.8/v_idx_cons.sql",
        ]
    },
)
"""Nobody changes this one: `head_metadata` hands out copies."""


def _enum(name: str, *labels: str) -> ENUM:
    return ENUM(*labels, name=name, metadata=_HEAD, schema=CATALOGUE, create_type=False)


binlog_event = _enum("en_binlog_event", "delete", "update", "insert", "ddl")
source_status = _enum(
    "en_src_status",
    "ready",
    "initialising",
    "initialised",
    "syncing",
    "synced",
    "stopped",
    "running",
    "error",
)
source_type = _enum("en_src_type", "mysql", "pgsql")


def _serial(name: str) -> Column[int]:
    return Column(name, BigInteger, autoincrement=True, nullable=False)


def _flag(name: str, default: str) -> Column[bool]:
    return Column(name, Boolean, server_default=text(default), nullable=False)


def _name(name: str, length: int = 64) -> Column[str]:
    return Column(name, String(length), nullable=False)


def _now(name: str, *, timezone: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone), server_default=text("clock_timestamp()"), nullable=False)


def _references(column: str, table: str, name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        [column], [f"{CATALOGUE}.{table}.{column}"], name=name, onupdate="RESTRICT", ondelete="CASCADE"
    )


Table(
    "t_sources",
    _HEAD,
    _serial("i_id_source"),
    Column("t_source", Text, nullable=False),
    Column("jsb_schema_mappings", JSONB, nullable=False),
    Column(
        "enm_status",
        source_status,
        server_default=text(f"'ready'::{CATALOGUE}.en_src_status"),
        nullable=False,
    ),
    Column("t_binlog_name", Text),
    Column("i_binlog_position", BigInteger),
    _flag("b_consistent", "true"),
    _flag("b_paused", "false"),
    _flag("b_maintenance", "false"),
    Column("ts_last_maintenance", DateTime),
    Column("enm_source_type", source_type, nullable=False),
    Column("v_log_table", ARRAY(String)),
    PrimaryKeyConstraint("i_id_source", name="pk_t_sources"),
    Index("idx_t_sources_t_source", "t_source", unique=True),
)

Table(
    "t_replica_tables",
    _HEAD,
    _serial("i_id_table"),
    Column("i_id_source", BigInteger, nullable=False),
    _name("v_table_name"),
    _name("v_schema_name"),
    Column("v_table_pkey", ARRAY(String(100)), nullable=False),
    Column("t_binlog_name", Text),
    Column("i_binlog_position", BigInteger),
    _flag("b_replica_enabled", "true"),
    PrimaryKeyConstraint("i_id_table", name="pk_t_replica_tables"),
    _references("i_id_source", "t_sources", "fk_t_replica_tables_i_id_source"),
    Index("idx_t_replica_tables_table_schema", "i_id_source", "v_table_name", "v_schema_name", unique=True),
)

Table(
    "t_replica_batch",
    _HEAD,
    _serial("i_id_batch"),
    Column("i_id_source", BigInteger, nullable=False),
    Column("t_binlog_name", Text),
    Column("i_binlog_position", BigInteger),
    _flag("b_started", "false"),
    _flag("b_processed", "false"),
    _flag("b_replayed", "false"),
    _now("ts_created"),
    Column("ts_processed", DateTime),
    Column("ts_replayed", DateTime),
    Column("i_replayed", BigInteger),
    Column("i_skipped", BigInteger),
    Column("i_ddl", BigInteger),
    Column("t_gtid_set", Text),
    Column("v_log_table", String, server_default=text("'t_log_replica'::character varying"), nullable=False),
    PrimaryKeyConstraint("i_id_batch", name="pk_t_batch"),
    _references("i_id_source", "t_sources", "fk_t_replica_batch_i_id_source"),
    Index(
        "idx_t_replica_batch_binlog_name_position",
        "i_id_source",
        "t_binlog_name",
        "i_binlog_position",
        unique=True,
    ),
    Index("idx_t_replica_batch_ts_created", "i_id_source", "ts_created", unique=True),
)

Table(
    "t_batch_events",
    _HEAD,
    Column("i_id_batch", BigInteger, autoincrement=False, nullable=False),
    Column("i_id_event", ARRAY(BigInteger), nullable=False),
    PrimaryKeyConstraint("i_id_batch", name="pk_t_batch_id_events"),
    _references("i_id_batch", "t_replica_batch", "fk_t_batch_id_events_i_id_batch"),
)

Table(
    "t_log_replica",
    _HEAD,
    _serial("i_id_event"),
    Column(
        "i_id_batch", BigInteger, nullable=False
    ),  # a serial: alembic leaves the default of every serial out
    _name("v_table_name", 100),
    _name("v_schema_name", 100),
    Column("enm_binlog_event", binlog_event, nullable=False),
    Column("t_binlog_name", Text),
    Column("i_binlog_position", BigInteger),
    _now("ts_event_datetime"),
    Column("jsb_event_after", JSONB),
    Column("jsb_event_before", JSONB),
    Column("t_query", Text),
    Column("i_my_event_time", BigInteger),
    PrimaryKeyConstraint("i_id_event", name="pk_log_replica"),
    _references("i_id_batch", "t_replica_batch", "fk_replica_batch"),
)

Table(
    "t_discarded_rows",
    _HEAD,
    _serial("i_id_row"),
    Column("i_id_batch", BigInteger, nullable=False),
    _now("ts_discard", timezone=True),
    _name("v_table_name"),
    _name("v_schema_name"),
    Column("t_row_data", Text),
    PrimaryKeyConstraint("i_id_row", name="pk_t_discarded_rows"),
)

Table(
    "t_error_log",
    _HEAD,
    _serial("i_id_log"),
    Column("i_id_batch", BigInteger, nullable=False),
    Column("i_id_source", BigInteger, nullable=False),
    _name("v_table_name", 100),
    _name("v_schema_name", 100),
    Column("t_table_pkey", Text, nullable=False),
    Column("t_binlog_name", Text, nullable=False),
    Column("i_binlog_position", BigInteger, nullable=False),
    Column("ts_error", DateTime),
    Column("t_sql", Text),
    Column("t_error_message", Text),
    PrimaryKeyConstraint("i_id_log", name="pk_t_error_log"),
)

for _direction in ("received", "replayed"):
    Table(
        f"t_last_{_direction}",
        _HEAD,
        _serial("i_id_source"),
        _flag("b_paused", "false"),
        Column(f"ts_last_{_direction}", DateTime),
        PrimaryKeyConstraint("i_id_source", name=f"pk_t_last_{_direction}"),
        _references("i_id_source", "t_sources", f"fk_last_{_direction}_id_source"),
    )

Table(
    "t_indexes",
    _HEAD,
    _serial("i_id_index"),
    _name("v_schema_name"),
    _name("v_table_name"),
    _name("v_index_name"),
    Column("t_index_drop", Text),
    Column("t_index_create", Text),
    PrimaryKeyConstraint("i_id_index", name="pk_t_indexes"),
    Index("idx_t_indexes_idx_table_schema", "v_schema_name", "v_table_name", "v_index_name", unique=True),
)

Table(
    "t_pkeys",
    _HEAD,
    _serial("i_id_pkey"),
    _name("v_schema_name"),
    _name("v_table_name"),
    _name("v_index_name"),
    Column("t_pkey_drop", Text),
    Column("t_pkey_create", Text),
    PrimaryKeyConstraint("i_id_pkey", name="pk_t_pkeys"),
    Index("idx_t_pkeys_table_schema", "v_schema_name", "v_table_name", unique=True),
)

Table(
    "t_ukeys",
    _HEAD,
    _serial("i_id_ukey"),
    _name("v_schema_name"),
    _name("v_table_name"),
    _name("v_index_name"),
    Column("t_ukey_drop", Text),
    Column("t_ukey_create", Text),
    PrimaryKeyConstraint("i_id_ukey", name="pk_t_ukeys"),
    Index("idx_t_ukeys_table_schema", "v_schema_name", "v_table_name", "v_index_name", unique=True),
)

Table(
    "t_fkeys",
    _HEAD,
    _serial("i_id_fkey"),
    _name("v_schema_name"),
    _name("v_table_name"),
    _name("v_constraint_name"),
    Column("t_fkey_drop", Text),
    Column("t_fkey_create", Text),
    Column("t_fkey_validate", Text),
    PrimaryKeyConstraint("i_id_fkey", name="pk_t_fkeys"),
    Index("idx_t_fkeys_idx_table_schema", "v_schema_name", "v_table_name", "v_constraint_name", unique=True),
)


def head_metadata() -> MetaData:
    """Return the head catalogue, which the caller may change to describe a later version.

    ``info["files"]`` names the SQL files that make what is no table, in the order in which they can be run.
    """
    copy = MetaData(schema=CATALOGUE, info={"files": list(_HEAD.info["files"])})
    for table in _HEAD.sorted_tables:
        table.to_metadata(copy)
    return copy

"""The tables of the head catalogue as SQLAlchemy metadata: what ``alembic check`` compares a database with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, ENUM, JSONB

from chameleon_migrations.catalogue import CATALOGUE

metadata = MetaData(schema=CATALOGUE)
"""The head catalogue."""


def _enum(name: str, *labels: str) -> ENUM:
    return ENUM(*labels, name=name, metadata=metadata, schema=CATALOGUE, create_type=False)


binlog_event = _enum("en_binlog_event", "delete", "update", "insert", "ddl")
source_status = _enum(
    "en_src_status", "ready", "initialising", "initialised", "syncing", "synced", "stopped", "running", "error"
)
source_type = _enum("en_src_type", "mysql", "pgsql")


def _serial(name: str) -> Column[int]:
    return Column(name, BigInteger, autoincrement=True, nullable=False)


def _flag(name: str, default: str) -> Column[bool]:
    return Column(name, Boolean, server_default=text(default), nullable=False)


def _name(name: str) -> Column[str]:
    return Column(name, String(100), nullable=False)


def _now(name: str, *, timezone: bool = False) -> Column[Any]:
    return Column(name, DateTime(timezone), server_default=text("clock_timestamp()"), nullable=False)


def _references(column: str, table: str, name: str) -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        [column], [f"{CATALOGUE}.{table}.{column}"], name=name, onupdate="RESTRICT", ondelete="CASCADE"
    )

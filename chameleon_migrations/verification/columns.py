"""A column on both sides, and the SQL on either side that gives one text for one value.

Where the texts of a whole row are equal, so are the rows. Where they are not, `images` compares the values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chameleon_migrations.verification.images import Alike, same

Match = Callable[[str], str]
"""Returns a condition for the literal that it is given."""


@dataclass(frozen=True)
class MySQLColumn:
    """A column as MySQL's ``information_schema`` describes it."""

    name: str
    data_type: str
    column_type: str
    scale: int | None


@dataclass(frozen=True)
class PostgresColumn:
    """A column as PostgreSQL describes it; `type_name` is that of ``pg_type``, or ``enum``."""

    name: str
    type_name: str
    nullable: bool


@dataclass(frozen=True)
class Zones:
    """The time zones that a ``timestamp`` was written in, as MySQL's ``convert_tz`` takes them."""

    copied: str
    replayed: str


@dataclass(frozen=True)
class Key:
    """How the rows are ordered by a column, and found by its value.

    Attributes:
        is_integer: Whether the values are numbers that both sides order alike, by their indexes; else texts.
        mysql: MySQL's expression of the value.
        postgres: PostgreSQL's.
        mysql_match: Returns MySQL's condition for a value, given as a literal; it may hold for some others.
        postgres_match: Returns PostgreSQL's, likewise.
    """

    is_integer: bool
    mysql: str
    postgres: str
    mysql_match: Match
    postgres_match: Match


@dataclass(frozen=True)
class Column:
    """How a column is compared.

    Attributes:
        name: Its name on both sides.
        copied: MySQL's expression of the text that a copied row has in PostgreSQL.
        replayed: The same of a row that was written from an event.
        postgres: PostgreSQL's expression of its text.
        value: MySQL's expression of the value to compare where texts differ; None where `copied` and `replayed` are.
        alike: How these are compared.
        key: How it serves as a key; None where no two servers order it alike.
        doubt: Why a difference can go unseen.
    """

    name: str
    copied: str
    replayed: str
    postgres: str
    alike: Alike = same
    value: str | None = None
    key: Key | None = None
    doubt: str | None = None


def mysql_name(*names: str) -> str:
    """Return names as an identifier of MySQL."""
    return ".".join("`" + name.replace("`", "``") + "`" for name in names)


def postgres_name(*names: str) -> str:
    """Return names as an identifier of PostgreSQL."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


def mysql_literal(text: str) -> str:
    """Return `text` as a string literal of a session whose ``sql_mode`` is empty."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


@dataclass(frozen=True)
class Pair:
    """A column on both sides, and what of the sessions decides how it is written."""

    mysql: MySQLColumn
    postgres: PostgresColumn
    charset: str
    zones: Zones
    c: str
    """The column's name in MySQL, as an identifier."""
    p: str
    """The same in PostgreSQL."""

    def column(self, copied: str, postgres: str, replayed: str | None = None) -> Column:
        """Return a column that is compared by text alone, by these expressions."""
        return Column(self.mysql.name, copied, replayed or copied, postgres)

    def text_key(self, mysql: str, postgres: str, in_mysql: str = "{}", match: Match | None = None) -> Key:
        """Return a key by texts, by these expressions.

        Args:
            mysql: MySQL's expression.
            postgres: PostgreSQL's.
            in_mysql: What makes MySQL's value of the text that stands for ``{}``.
            match: PostgreSQL's condition; by default the text is compared, which no literal can make fail.
        """
        return Key(
            is_integer=False,
            mysql=mysql,
            postgres=postgres,
            mysql_match=lambda value: f"{self.c} = {in_mysql.replace('{}', value)}",
            postgres_match=match or (lambda value: f"{postgres} = {value}"),
        )

    def is_value(self, value: str) -> str:
        """Return PostgreSQL's condition for a literal that its type takes unchanged, so that an index is used."""
        return f"{self.p} = {value}"

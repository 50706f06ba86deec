"""The MySQL tables that the workload changes, and random values for them that both releases replicate right.

Left out is what no pg_chameleon replicates right, whatever is done to its catalogue: ``set`` and ``bit``
columns, the text ``NULL``, four-byte characters, floats of more than six digits, enums in tables whose name
needs quoting, keys that are binary or hold a comma, tables without a primary key.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

Value = object
Maker = Callable[[Random], Value]

_TEXTS = (
    "",
    "plain",
    "it's",
    'say "hi"',
    "back\\slash",
    "two\nlines",
    "100 %",
    ":x and %s",
    "a,b;c",
    "tab\there",
    "größer 漢字 ñ",
    " leading and trailing ",
    '{"a": 1}',
    "'quoted'",
)


@dataclass(frozen=True)
class Column:
    """A column: its name, its definition in MySQL, and what makes a value for it."""

    name: str
    definition: str
    value: Maker


@dataclass(frozen=True)
class Table:
    """A table; the column `identifier`, an integer that the workload hands out, tells its rows apart."""

    name: str
    columns: tuple[Column, ...]
    identifier: str = "id"
    key: tuple[str, ...] = ("id",)
    unique: str | None = None
    """A column of its own unique key, whose values pass from row to row."""

    def definition(self) -> str:
        """Return the statement that creates the table."""
        parts = [f"`{self.identifier}` int NOT NULL"]
        parts += [f"`{column.name}` {column.definition}" for column in self.columns]
        parts.append(f"PRIMARY KEY ({', '.join(f'`{name}`' for name in self.key)})")
        if self.unique:
            parts.append(f"UNIQUE KEY one_each (`{self.unique}`)")
        return f"CREATE TABLE `{self.name}` ({', '.join(parts)})"


def whole(low: int, high: int) -> Maker:
    """Return a maker of integers, both ends included."""
    return lambda random: random.randint(low, high)


def maybe(maker: Maker) -> Maker:
    """Return a maker of what `maker` makes, and now and then NULL."""
    return lambda random: None if random.random() < 0.2 else maker(random)


def quarters(random: Random) -> Value:
    """Return a float that six digits write exactly."""
    return random.randint(-3999, 3999) / 4


def thousandths(random: Random) -> Value:
    """Return a double."""
    return random.randint(-(10**12), 10**12) / 1000


def decimal(digits: int, scale: int) -> Maker:
    """Return a maker of decimals of up to `digits` digits, `scale` of them behind the point."""
    return lambda random: Decimal(random.randint(-(10**digits) + 1, 10**digits - 1)).scaleb(-scale)


def text(longest: int) -> Maker:
    """Return a maker of texts of up to `longest` characters."""
    return lambda random: " ".join(random.choices(_TEXTS, k=random.randint(1, 3)))[:longest]


def document(random: Random) -> Value:
    """Return a JSON document as text."""
    return json.dumps({"n": random.randint(0, 99), "list": random.choices(_TEXTS, k=2), "none": None})


def some_bytes(longest: int) -> Maker:
    """Return a maker of bytes, zeros among them."""
    return lambda random: bytes(random.choices((0, 1, 39, 92, 255), k=random.randint(0, longest)))


def day(random: Random) -> Value:
    """Return a date."""
    return date(1990, 1, 1) + timedelta(days=random.randint(0, 20000))


def moment(random: Random) -> Value:
    """Return a date with a time in whole seconds."""
    return datetime(1990, 1, 1) + timedelta(seconds=random.randint(0, 10**9))


def precise_moment(random: Random) -> Value:
    """Return a date with a time in microseconds."""
    return datetime(1990, 1, 1) + timedelta(microseconds=random.randint(0, 10**15))


def time_of_day(random: Random) -> Value:
    """Return a time below 24 hours."""
    return timedelta(seconds=random.randint(0, 86399))


def one_of(*values: str) -> Maker:
    """Return a maker that picks."""
    return lambda random: random.choice(values)


BEAT = Table("beat", (Column("n", "int NOT NULL", whole(0, 0)),))
"""One row that tells how far a replica has come."""

MIXED = (
    Table(
        "numbers",
        (
            Column("tiny", "tinyint", maybe(whole(-128, 127))),
            Column("flag", "tinyint(1)", maybe(whole(0, 1))),
            Column("small", "smallint unsigned", whole(0, 65535)),
            Column("medium", "mediumint", maybe(whole(-(2**23), 2**23 - 1))),
            Column("whole", "int NOT NULL", whole(-(2**31), 2**31 - 1)),
            Column("big", "bigint", maybe(whole(-(2**63), 2**63 - 1))),
            Column("price", "decimal(12,4)", maybe(decimal(12, 4))),
            Column("huge", "decimal(40,10)", maybe(decimal(40, 10))),
            Column("single", "float", maybe(quarters)),
            Column("twice", "double", maybe(thousandths)),
        ),
    ),
    Table(
        "words",
        (
            Column("code", "char(8)", maybe(text(8))),
            Column("name", "varchar(60) NOT NULL", text(60)),
            Column("body", "text", maybe(text(500))),
            Column("longer", "longtext", maybe(text(500))),
            Column("doc", "json", maybe(document)),
            Column("mood", "enum('glad','sad','it is so')", maybe(one_of("glad", "sad", "it is so"))),
        ),
    ),
    Table(
        "moments",
        (
            Column("day", "date", maybe(day)),
            Column("at", "datetime", maybe(moment)),
            Column("exact", "datetime(6)", maybe(precise_moment)),
            Column("seen", "timestamp NULL DEFAULT NULL", maybe(moment)),
            Column("clock", "time", maybe(time_of_day)),
            Column("vintage", "year", maybe(whole(1950, 2100))),
        ),
    ),
    Table(
        "files",
        (
            Column("digest", "binary(8)", maybe(some_bytes(8))),
            Column("short", "varbinary(30)", maybe(some_bytes(30))),
            Column("content", "mediumblob", maybe(some_bytes(200))),
        ),
    ),
    Table(
        "Order Lines",
        (
            Column("line no", "int NOT NULL DEFAULT 1", whole(1, 1)),
            Column("note, long", "varchar(200)", maybe(text(200))),
            Column("select", "decimal(8,2)", maybe(decimal(8, 2))),
            Column("Größe", "varchar(20)", maybe(text(20))),
        ),
        identifier="order id",
        key=("order id", "line no"),
    ),
    Table(
        "seats",
        (Column("seat", "int", whole(0, 0)), Column("guest", "varchar(30)", text(30))),
        unique="seat",
    ),
)
"""Tables of all types, changed by rows only."""

_PLAIN = (Column("label", "varchar(30)", maybe(text(30))), Column("amount", "int", maybe(whole(0, 10**6))))

SMALL = tuple(Table(f"small_{number:02}", _PLAIN) for number in range(12))
"""Many alike."""

GROWING = Table("growing", _PLAIN)
"""Gets columns, and wider ones."""

QUIET = tuple(
    Table(f"quiet_{number}", (*_PLAIN, Column("leaving", "varchar(10)", text(10)))) for number in range(3)
)
"""Untouched until they lose a column: both releases read an old event with the columns that MySQL has now."""

SPARE = tuple(Table(f"spare_{number}", _PLAIN) for number in range(3))
"""There to be dropped."""

EMPTIED = Table("emptied", _PLAIN)
"""There to be truncated."""


def made(number: int) -> Table:
    """Return the table that the workload creates as its `number`-th."""
    columns = (
        Column("label", "varchar(30)", maybe(text(30))),
        Column("amount", "decimal(10,2)", maybe(decimal(10, 2))),
        Column("at", "datetime", maybe(moment)),
        Column("flag", "tinyint(1)", maybe(whole(0, 1))),
    )
    return Table(f"made_{number}", columns)


AT_FIRST = (*MIXED, *SMALL, GROWING, *QUIET, *SPARE, EMPTIED)
"""The tables that are there before a replica is initialised, `BEAT` aside."""

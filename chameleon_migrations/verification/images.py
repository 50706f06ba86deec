"""Whether PostgreSQL's text of a value stands for MySQL's, by the way in which pg_chameleon wrote the row.

The rules are those of pg_chameleon 1.8.2 and 2.0.21 as measured; docs/verify.md has them as a table.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum


class Way(Enum):
    """How pg_chameleon wrote a row: all of its columns in one of these ways."""

    COPIED = "copied"
    """By COPY of a slice of the table, as ``init_replica`` does."""
    INSERTED = "inserted"
    """By an INSERT of its own, where the COPY of its slice failed."""
    REPLAYED = "replayed"
    """From an event of the binlog."""


Value = str | bytes | None
Alike = Callable[[Way, Value, str | None], bool]
"""Tells whether PostgreSQL's text, the last, is what the way makes of MySQL's value."""


def same(_way: Way, mysql: Value, postgres: Value) -> bool:
    """Compare texts of one form."""
    return mysql == postgres


def number(_way: Way, mysql: Value, postgres: str | None) -> bool:
    """Compare floats, whose texts differ between servers, with the sign of zero."""
    if mysql is None or postgres is None:
        return mysql is postgres
    return repr(float(mysql)) == repr(float(postgres))


def hexadecimal(way: Way, mysql: Value, postgres: str | None) -> bool:
    """Compare bytes with their hexadecimal text: upper case where copied, lower case where replayed."""
    if not isinstance(mysql, bytes):
        return same(way, mysql, postgres)
    return postgres == (mysql.hex() if way is Way.REPLAYED else mysql.hex().upper())


def document(way: Way, mysql: Value, postgres: str | None) -> bool:
    """Compare JSON documents: the order of keys and the way in which a number is written mean nothing."""
    if mysql is None or postgres is None:
        return mysql == postgres or (way is Way.REPLAYED and mysql == "null")
    try:
        return bool(_parsed(mysql) == _parsed(postgres))
    except ValueError:
        return mysql == postgres


def _parsed(text: str | bytes) -> object:
    return _with_kind(json.loads(text, parse_float=Decimal, parse_int=Decimal))


def _with_kind(value: object) -> object:
    """Return `value` with the kind of each part: true is 1 in Python, and not in JSON."""
    if isinstance(value, dict):
        return {name: _with_kind(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_with_kind(part) for part in value]
    return type(value), value


@dataclass(frozen=True)
class Text:
    """Compares texts that pg_chameleon read in the client's `charset`; PostgreSQL's column may be `nullable`."""

    charset: str
    nullable: bool

    def __call__(self, way: Way, mysql: Value, postgres: str | None) -> bool:
        """Tell whether `postgres` is what pg_chameleon makes of `mysql`."""
        if not isinstance(mysql, str):
            return same(way, mysql, postgres)
        if way is Way.COPIED and self.nullable and mysql == "NULL":
            return postgres is None
        if way is Way.COPIED:
            return postgres == _in(self.charset, mysql).replace('"NULL"', "NULL")
        written = mysql if way is Way.REPLAYED else _in(self.charset, mysql)
        return postgres == written.replace("\0", "")


_BEYOND = re.compile("[\U00010000-\U0010ffff]")


def _in(charset: str, text: str) -> str:
    """Return `text` as MySQL sends it to a client of `charset`: with a question mark for what that lacks."""
    if charset in ("utf8", "utf8mb3"):
        return _BEYOND.sub("?", text)
    if charset == "latin1":
        return text.encode("cp1252", "replace").decode("cp1252")
    return text


@dataclass(frozen=True)
class Set:
    """Compares sets of a MySQL column of `column_type`; the value for a replayed row is the number of the set."""

    column_type: str

    def __call__(self, way: Way, mysql: Value, postgres: str | None) -> bool:
        """Tell whether `postgres` is what pg_chameleon makes of `mysql`."""
        if way is not Way.REPLAYED or mysql is None:
            return mysql == postgres
        bits = int(mysql)
        members = enumerate(as_read(self.column_type))
        return _python_set(postgres) == {name for place, name in members if bits >> place & 1}


def as_read(column_type: str) -> Sequence[str]:
    """Return the members of an enum or a set as pg_chameleon's reader of the binlog parses them."""
    inside = column_type.partition("(")[2]
    return re.sub("[)']", "", inside).split(",")


def _python_set(text: str | None) -> set[str] | None:
    """Return the set that `text` is as Python prints it; SQL's NULL is an empty one."""
    try:
        found = set() if text is None else ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None
    return found if isinstance(found, set) else None


@dataclass(frozen=True)
class Verdict:
    """What came of comparing a row: the columns that differ, and whether it is equal only under a lossy rule."""

    different: Sequence[str] = ()
    lossy: bool = False


def compare(
    rules: Mapping[str, Alike], mysql: Sequence[tuple[Value, Value]], postgres: Sequence[str | None]
) -> Verdict:
    """Compare a row, all of whose columns have to be written in one way.

    Args:
        rules: How each column is compared.
        mysql: MySQL's value of each, for a copied and for a replayed row.
        postgres: PostgreSQL's text of each.
    """
    found: list[list[str]] = []
    for way in Way:
        values = [replayed if way is Way.REPLAYED else copied for copied, replayed in mysql]
        row = list(zip(rules.items(), values, postgres, strict=True))
        found.append([name for (name, alike), ours, theirs in row if not alike(way, ours, theirs)])
        if not found[-1]:
            return Verdict(
                lossy=any(isinstance(alike, Text) and ours != theirs for (_, alike), ours, theirs in row)
            )
    return Verdict(min(found, key=len))

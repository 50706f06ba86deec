"""How columns are compared: a rule for each pair of types that pg_chameleon 1.8.2 or 2.0.21 makes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from chameleon_migrations.verification import images
from chameleon_migrations.verification.columns import (
    Column,
    MySQLColumn,
    Pair,
    PostgresColumn,
    Zones,
    mysql_literal,
    mysql_name,
    postgres_name,
)
from chameleon_migrations.verification.images import as_read, same


def compared(mysql: MySQLColumn, postgres: PostgresColumn, charset: str, zones: Zones) -> Column | str:
    """Return how a column is compared, or why it is not.

    Args:
        mysql: The column in MySQL.
        postgres: The column in PostgreSQL, whose type decides: a replicated ALTER TABLE makes others than a copy.
        charset: That of pg_chameleon's session on MySQL.
        zones: Of timestamps.
    """
    pair = Pair(mysql, postgres, charset, zones, mysql_name(mysql.name), postgres_name(postgres.name))
    for types, made, rule in _RULES:
        if mysql.data_type in types and postgres.type_name in made:
            return rule(pair)
    return f"pg_chameleon makes no {postgres.type_name} of {mysql.data_type}"


def _integer(pair: Pair) -> Column:
    mysql = f"cast({pair.c} + 0 as char)"  # a zerofill column as text has its zeros
    if pair.postgres.type_name == "bool":
        postgres = f"{pair.p}::int::text"
        return replace(pair.column(mysql, postgres), key=pair.text_key(mysql, postgres))
    key = replace(pair.text_key(pair.c, pair.p), is_integer=True)
    return replace(pair.column(mysql, f"{pair.p}::text"), key=key)


def _year(pair: Pair) -> Column:
    found = _integer(pair)
    return replace(found, replayed=f"if({pair.c} = 0, '1900', {found.copied})")


def _bit(pair: Pair) -> Column:
    digits = int(pair.mysql.column_type.strip("bit()") or 1)
    found = _integer(pair)
    if digits == 1:
        # Else the driver returns bytes.
        return replace(found, key=found.key and replace(found.key, mysql=f"({pair.c} + 0)"))
    doubt = (
        "the copy writes decimal digits, events binary: a number of 0 and 1 alone can stand for two values"
    )
    return replace(
        found,
        replayed=f"bin({pair.c} + 0)",
        key=None,
        doubt=doubt if digits > 3 else None,  # noqa: PLR2004 - b'1010' is the first
    )


def _decimal(pair: Pair) -> Column:
    shown = (
        f"cast({pair.c} + 0 as char)" if "zerofill" in pair.mysql.column_type else f"cast({pair.c} as char)"
    )
    mysql = _trimmed(shown) if pair.mysql.scale else shown
    postgres = (
        f"CASE WHEN scale({pair.p}) > 0 THEN rtrim(rtrim({pair.p}::text, '0'), '.') ELSE {pair.p}::text END"
    )
    return replace(
        pair.column(mysql, postgres),
        key=pair.text_key(mysql, postgres, match=pair.is_value),
    )


def _trimmed(text: str) -> str:
    """Return the expression of a number's `text` without the zeros at the end of its fraction."""
    return f"trim(trailing '.' from trim(trailing '0' from {text}))"


def _double(pair: Pair) -> Column:
    # A product: a sum loses the sign of zero. It has all digits, also where the type says how many are shown.
    exact = f"cast({pair.c} * 1e0 as char)"
    postgres = f"replace({pair.p}::text, 'e+', 'e')"
    return replace(pair.column(exact, postgres), alike=images.number)


def _float(pair: Pair) -> Column:
    found = _double(pair)
    return replace(
        found,
        copied=f"cast({pair.c} as char)",
        doubt="the copy keeps six digits: a copied value that is out of date by less goes unseen",
    )


def _text(pair: Pair) -> Column:
    mysql, postgres = f"convert({pair.c} using utf8mb4)", f"{pair.p}::text"
    return replace(
        pair.column(mysql, postgres),
        alike=images.Text(pair.charset, pair.postgres.nullable),
        key=pair.text_key(mysql, postgres, match=pair.is_value),
    )


def _json(pair: Pair) -> Column:
    return replace(
        pair.column(f"cast({pair.c} as char)", f"{pair.p}::text"),
        alike=same if pair.postgres.type_name == "text" else images.document,
    )


def _binary(pair: Pair) -> Column:
    # It holds hexadecimal digits, not the bytes; whatever else it holds is a text, too.
    postgres = f"encode({pair.p}, 'escape')"

    def of_any_case(value: str) -> str:
        return f"{pair.p} IN (convert_to({value}, 'UTF8'), convert_to(upper({value}), 'UTF8'))"

    return replace(
        pair.column(f"hex({pair.c})", postgres, f"lower(hex({pair.c}))"),
        value=pair.c,
        alike=images.hexadecimal,
        key=pair.text_key(f"lower(hex({pair.c}))", f"lower({postgres})", "unhex({})", of_any_case),
    )


def _date(pair: Pair) -> Column:
    return _moment(pair, f"cast({pair.c} as char)")


def _datetime(pair: Pair) -> Column:
    return _moment(pair, _trimmed(f"date_format({pair.c}, '%Y-%m-%d %H:%i:%s.%f')"))


def _moment(pair: Pair, text: str) -> Column:
    # A date without a year, month or day becomes NULL.
    whole = f"if(year({pair.c}) and month({pair.c}) and dayofmonth({pair.c}), {text}, null)"
    postgres = f"{pair.p}::text"
    return replace(pair.column(whole, postgres), key=pair.text_key(text, postgres))


def _timestamp(pair: Pair) -> Column:
    copied, replayed = (_in_zone(pair.c, zone) for zone in (pair.zones.copied, pair.zones.replayed))
    epoch = f"convert_tz('1970-01-02 00:00:00', '+00:00', {pair.zones.replayed}) - interval 1 day"
    postgres = f"{pair.p}::text"
    key = pair.text_key(copied, postgres, f"convert_tz({{}}, {pair.zones.copied}, '+00:00')")
    return replace(
        pair.column(copied, postgres, f"if({pair.c} = 0, cast({epoch} as char), {replayed})"),
        key=key if pair.zones.copied == pair.zones.replayed else None,
    )


def _in_zone(column: str, zone: str) -> str:
    return _trimmed(f"date_format(convert_tz({column}, '+00:00', {zone}), '%Y-%m-%d %H:%i:%s.%f')")


def _time(pair: Pair) -> Column:
    mysql, postgres = _trimmed(f"time_format({pair.c}, '%H:%i:%s.%f')"), f"{pair.p}::text"
    return replace(pair.column(mysql, postgres), key=pair.text_key(mysql, postgres))


def _enum(pair: Pair) -> Column:
    mysql, postgres = f"convert({pair.c} using utf8mb4)", f"{pair.p}::text"
    members = as_read(pair.mysql.column_type)
    whole = "','".join(members)
    if f"enum('{whole}')" == pair.mysql.column_type and "\\" not in whole:
        alike = images.Text(pair.charset, pair.postgres.nullable)
        return replace(pair.column(mysql, postgres), key=pair.text_key(mysql, postgres), alike=alike)
    literals = ", ".join(mysql_literal(member) for member in members)
    read = f"if({pair.c} is null, null, coalesce(elt({pair.c} + 0, {literals}), ''))"
    return replace(
        pair.column(mysql, postgres, read), doubt="events can mistake one of its members for another"
    )


def _set(pair: Pair) -> Column:
    return replace(
        pair.column(f"convert({pair.c} using utf8mb4)", f"{pair.p}::text", f"cast({pair.c} + 0 as char)"),
        alike=images.Set(pair.mysql.column_type),
    )


_Rule = Callable[[Pair], Column]

_WHOLE = ("int2", "int4", "int8", "numeric")
_TEXTS = ("text", "varchar", "bpchar")
_TEXT_TYPES = ("char", "varchar", "tinytext", "text", "mediumtext", "longtext")
_BYTES = (
    *("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "geometry", "point", "linestring"),
    *("polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection"),
)

_RULES: Sequence[tuple[Sequence[str], Sequence[str], _Rule]] = (
    (("tinyint", "smallint", "mediumint", "int", "bigint"), (*_WHOLE, "bool"), _integer),
    (("year",), _WHOLE, _year),
    (("bit",), _WHOLE, _bit),
    (("decimal",), ("numeric",), _decimal),
    (("double",), ("float8",), _double),
    (("float",), ("float8",), _float),
    (_TEXT_TYPES, _TEXTS, _text),
    (("json", *_TEXT_TYPES), ("json", "jsonb", "text"), _json),
    (_BYTES, ("bytea",), _binary),
    (("date",), ("date",), _date),
    (("datetime",), ("timestamp",), _datetime),
    (("timestamp",), ("timestamp",), _timestamp),
    (("time",), ("time",), _time),
    (("enum",), ("enum", *_TEXTS), _enum),
    (("set",), _TEXTS, _set),
)
"""MySQL's types, what pg_chameleon makes of them in PostgreSQL, and how the two are compared."""

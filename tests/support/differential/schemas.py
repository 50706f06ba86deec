"""Generated tables: their types, names, keys and indexes, what else prevents a fold, and DDL on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import NamedTuple

from devtools.batches import SCHEMA, Image, quoted
from tests.support.differential.traps.events import where_known

_LONG = "".join(map(str, range(3000)))


class Type(NamedTuple):
    """A column's type as declared, values that it takes as they are meant, and values that it refuses or changes."""

    declared: str
    sound: Sequence[object]
    odd: Sequence[object] = ()


_KEY_TYPES = [
    Type("integer", [1, 2, 3, 4], [2147483648, "x", 1.5]),
    Type("bigint", [1, -1, 9223372036854775807, 3], ["", 9223372036854775808]),
    Type("numeric(4,1)", [1.5, 999.9, "NaN", 3], ["1.06", 1000]),
    Type("varchar(2)", ["a", "A", "", "é'"], ["a ", "abc", "a  "]),
    Type("char(2)", ["a", "A", "", "é'"], ["a ", "abc", "a  "]),
    Type("text", ["a", "NULL", "a b", "\\x"], ["a ", _LONG]),
    Type("date", ["2026-01-01", "infinity", "-infinity", "2000-02-29"], ["0000-00-00", "2026-02-30"]),
    Type("double precision", [0, 1.5, "NaN", "Infinity"], ["-0", "1e400"]),
    Type("bytea", ["\\x00ff", "", "plain", "\\x01"], ["\\xzz", "\\"]),
    Type("time", ["12:34:56", "24:00:00", "00:00:00", "01:00:00.5"], ["-12:00:00"]),
    Type('"mo,od"', ["one", "two", "Three", "it's"], ["three"]),
]
FOLDABLE = [
    *_KEY_TYPES,
    Type("numeric(6,2)", ["1", 9999.99, "NaN"], ["99999", "1.005", "x", "Infinity"]),
    Type("varchar(5)", ["abcde", "", "abc  "], ["toolong", "abcde  "]),
    Type("char(3)", ["a", "abc", ""], ["abcd", "abc  "]),
    Type("bit(3)", ["101", "000"], ["1", "1111"]),
    Type("json", [{"a": [1, None]}, '{"b":  1}', []], ["{", "text"]),
    Type("jsonb", [{"a": [1, None]}, '{"b":  1}', [], "1"], ["{", "text"]),
    Type("timestamp", ["2026-01-01 00:00:00", "infinity", "2026-01-01 12:00:00.123456"], ["0000-00-00"]),
    Type("timestamp(0)", ["2026-01-01 00:00:00", "-infinity"], ["2026-01-01 12:00:00.6"]),
    Type("timestamptz", ["2026-07-01 00:00:00", "2026-07-01 00:00:00+05"], ["x"]),
    Type("boolean", [True, False, "t"], [2]),
    Type("real", [0, "Infinity", 1.1], ["1e40"]),
    Type("smallint", [0, -32768], [32768]),
]
"""Types whose columns can be folded; those of keys as well as others."""

_ORDERED_TYPES = [
    Type("integer[]", ["{1,2}", "{}"], [[1, 2], "{"]),
    Type("short", ["abc", ""], ["abcd"]),
    Type("positive", [1, 2], [0, "x"]),
    Type('text COLLATE "C"', ["a", "A"], [_LONG]),
    Type("pair", ["(1,a)", "(,)"], [{"n": 1}, "("]),
]
_UNIQUE_TYPES = [
    Type("integer", range(6), ["01"]),
    Type("varchar(3)", ["a", "b", "A", "abc", " "], ["a   ", "long"]),
    Type("numeric(6,2)", range(6), ["1.004"]),
    Type("date", ["2026-01-01", "infinity", "2026-01-02", "2026-01-03"], ["20260101"]),
    Type("text", ["a", "b", "c", "d"], [_LONG]),
]
TYPES = [
    "CREATE TYPE \"mo,od\" AS ENUM ('Three', 'one', 'it''s', 'two')",
    "CREATE DOMAIN short AS varchar(3)",
    "CREATE DOMAIN positive AS integer CHECK (VALUE > 0)",
    "CREATE TYPE pair AS (n integer, s text)",
]
"""What creates the types that columns can have."""

_NAMES = [
    "id",
    "Id",
    "été-1",
    "select",
    "image",
    "kind",
    "old",
    "%s",
    "$1",
    ":x",
    "a b",
    "x'y",
    "key_1",
    "has",
]
_ODD_NAMES = ['k,"2"', "a,b", *_NAMES]


@dataclass
class Table:
    """A replicated table, and the rows that it has by now if no event was refused.

    Attributes:
        name: Its name.
        key: The names of its key columns.
        types: All columns.
        unique: Columns that another unique index is on.
        required: Columns that take no NULL.
        setup: What creates it.
        rows: The rows by their keys.
    """

    name: str
    key: list[str]
    types: dict[str, Type]
    unique: list[str] = field(default_factory=list)
    required: set[str] = field(default_factory=set)
    setup: list[str] = field(default_factory=list)
    rows: dict[tuple[object, ...], Image] = field(default_factory=dict)

    @property
    def others(self) -> list[str]:
        """The columns that are not of the key."""
        return [name for name in self.types if name not in self.key]

    def free_keys(self) -> list[tuple[object, ...]]:
        """Return some of the keys that no row has."""
        keys = product(*(self.types[name].sound[: 4 if len(self.key) == 1 else 3] for name in self.key))
        return [key for key in keys if key not in self.rows]

    def put(self, image: Image) -> Image:
        """Store `image` under its key, and return it."""
        self.rows[tuple(image[name] for name in self.key)] = image
        return image

    def take(self, random: Random) -> Image:
        """Remove one of the rows, and return it."""
        return self.rows.pop(random.choice(list(self.rows)))

    def values(self, random: Random, names: Sequence[str]) -> Image:
        """Draw sound values for the columns `names`, all unique ones together."""
        drawn: Image = {}
        for name in names:
            if name not in self.unique:
                drawn[name] = random.choice(self._pool(name))
        if self.unique and self.unique[0] in names:
            taken = [tuple(row[name] for name in self.unique) for row in self.rows.values()]
            pools = map(self._pool, self.unique)
            free = [values for values in product(*pools) if None in values or values not in taken]
            drawn |= zip(self.unique, random.choice(free), strict=True)
        return drawn

    def _pool(self, name: str) -> list[object]:
        sound = self.types[name].sound
        return [*sound] if name in self.required else [*sound, None]


def tables(random: Random, source: int, *, odd_keys: bool) -> list[Table]:
    """Draw one to three tables of `source`."""
    drawn: list[Table] = []
    for name in random.choice([["t"], ["t"], ["t", 'T "2", é'], ["t", 'T "2", é', "b c"]]):
        drawn.append(_table(random, f"{name} {source}", drawn, _ODD_NAMES if odd_keys else _NAMES))
    return drawn


def _table(random: Random, name: str, earlier: Sequence[Table], key_names: Sequence[str]) -> Table:
    key = random.sample(key_names, random.choice([1, 1, 2]))
    names = random.sample(_ODD_NAMES, random.randrange(5))
    table = Table(name, key, {column: random.choice(_KEY_TYPES) for column in key})
    ordered = random.randrange(8) == 0
    for column in names:
        if column not in key:
            table.types[column] = random.choice(_ORDERED_TYPES if ordered else FOLDABLE)
            if random.randrange(3) == 0:
                table.required.add(column)
    columns = ", ".join(
        f"{quoted(column)} {kind.declared}{' NOT NULL' if column in table.required else ''}"
        for column, kind in table.types.items()
    )
    primary = ", ".join(map(quoted, key))
    table.setup.append(f"CREATE TABLE {quoted(name)} ({columns}, PRIMARY KEY ({primary}))")
    if random.randrange(3):
        _add_unique(random, table)
    if table.others and random.randrange(5) == 0:
        _add_reach(random, table, earlier)
    return table


_UNIQUE = [
    *["CREATE UNIQUE INDEX ON {t} ({u})"] * 20,
    "CREATE UNIQUE INDEX ON {t} ({u}) WHERE {u} IS NOT NULL",
    "CREATE UNIQUE INDEX ON {t} (coalesce({u}, NULL))",
    "ALTER TABLE {t} ADD UNIQUE ({u}) DEFERRABLE",
    "ALTER TABLE {t} ADD UNIQUE ({u}) DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE {t} ADD EXCLUDE USING btree ({u} WITH =)",
    where_known("CREATE UNIQUE INDEX ON {t} ({u}) NULLS NOT DISTINCT", "CREATE UNIQUE INDEX ON {t} ({u})"),
    where_known("CREATE UNIQUE INDEX ON {t} ({u}) INCLUDE ({k})", "CREATE UNIQUE INDEX ON {t} ({u})"),
]


def _add_unique(random: Random, table: Table) -> None:
    table.unique = ["u", "u 2"][: random.choice([1, 1, 2])]
    for column in table.unique:
        table.types[column] = random.choice(_UNIQUE_TYPES)
        table.setup.append(
            f"ALTER TABLE {quoted(table.name)} ADD {quoted(column)} {table.types[column].declared}"
        )
    index = random.choice(_UNIQUE) if len(table.unique) == 1 else _UNIQUE[0]
    table.setup.append(
        index.format(t=quoted(table.name), k=quoted(table.key[0]), u=", ".join(map(quoted, table.unique)))
    )


_TRIGGER = (
    "CREATE FUNCTION {f}() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN %s; END $f$;;"
    "CREATE TRIGGER %s FOR EACH %s EXECUTE PROCEDURE {f}()"
)
_NOTE = "INSERT INTO {here}.audit SELECT TG_OP || count(*) FROM {here}.{other}; RETURN NULL"
_REACH = [
    _TRIGGER % (_NOTE, "note AFTER INSERT OR UPDATE OR DELETE ON {t}", "ROW"),
    _TRIGGER % (_NOTE, "note AFTER INSERT ON {t}", "STATEMENT"),
    _TRIGGER % ("NEW.{c} := NULL; RETURN NEW", "change BEFORE INSERT OR UPDATE ON {t}", "ROW"),
    _TRIGGER % ("RETURN NULL", "keep BEFORE DELETE ON {t}", "ROW"),
    "CREATE RULE keep AS ON DELETE TO {t} DO INSTEAD NOTHING",
    "CREATE RULE note AS ON INSERT TO {t} DO ALSO INSERT INTO audit VALUES ('rule')",
    "ALTER TABLE {t} ADD CHECK (length({c}::text) < 4)",
    where_known("ALTER TABLE {t} ADD made boolean GENERATED ALWAYS AS ({c} IS NULL) STORED", "NULL"),
    "ALTER TABLE {t} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;;"
    "CREATE POLICY short ON {t} USING (length({c}::text) < 4)",
    "CREATE TABLE {child} () INHERITS ({t})",
    "ALTER TABLE {t} DROP CONSTRAINT {pkey}",
    "ALTER TABLE {t} DROP CONSTRAINT {pkey}, ADD PRIMARY KEY ({k}) DEFERRABLE",
    "ALTER TABLE {t} DROP CONSTRAINT {pkey}, ADD PRIMARY KEY ({k}) DEFERRABLE INITIALLY DEFERRED",
    "ALTER TABLE {t} ADD ref {reftype} REFERENCES {other} ON DELETE CASCADE ON UPDATE CASCADE",
    "ALTER TABLE {t} ADD ref {reftype} REFERENCES {other} ON DELETE SET NULL",
    "ALTER TABLE {t} ADD ref {reftype} REFERENCES {other}",
]
"""What makes a table's changes depend on more than its columns, or reach further."""


def _add_reach(random: Random, table: Table, earlier: Sequence[Table]) -> None:
    reach: str = random.choice(_REACH)
    other = random.choice(earlier) if earlier else table
    if "{reftype}" in reach:
        if len(other.key) > 1 or any("DROP CONSTRAINT" in statement for statement in other.setup):
            return
        table.types["ref"] = other.types[other.key[0]]
    names = {
        "t": table.name,
        "c": random.choice(table.others),
        "f": f"f {table.name}",
        "child": f"child {table.name}",
        "pkey": f"{table.name}_pkey",
        "other": other.name,
        "here": SCHEMA,
    }
    statements = reach.format(
        **{name: quoted(value) for name, value in names.items()},
        k=", ".join(map(quoted, table.key)),
        reftype=other.types[other.key[0]].declared,
    )
    table.setup += statements.split(";;")


def _column(random: Random, table: Table) -> str | None:
    """Draw a column that may be dropped or changed."""
    columns = [name for name in table.others if name not in (*table.unique, "ref")]
    return random.choice(columns) if columns else None


def _add_column(random: Random, table: Table) -> str:
    name = f"added {len(table.types)}"
    if name in table.types:
        return _truncate(random, table)
    declared, sound, odd = random.choice(FOLDABLE)
    default, clause = random.choice([(None, ""), (sound[0], f" DEFAULT '{sound[0]}'")])
    if not isinstance(sound[0], (int, float)):
        default, clause = None, ""
    table.types[name] = Type(declared, sound, odd)
    table.rows = {key: row | {name: default} for key, row in table.rows.items()}
    return f"ALTER TABLE {quoted(table.name)} ADD {quoted(name)} {declared}{clause}"


def _drop_column(random: Random, table: Table) -> str:
    name = _column(random, table)
    if name is None:
        return _add_column(random, table)
    del table.types[name]
    table.rows = {
        key: {other: value for other, value in row.items() if other != name}
        for key, row in table.rows.items()
    }
    return f"ALTER TABLE {quoted(table.name)} DROP {quoted(name)}"


def _rename_column(random: Random, table: Table) -> str:
    old, new = _column(random, table), f"renamed {len(table.types)}"
    if old is None or new in table.types:
        return _add_column(random, table)
    table.types[new] = table.types.pop(old)
    if old in table.required:
        table.required.add(new)
    table.rows = {
        key: {other: value for other, value in row.items() if other != old} | {new: row[old]}
        for key, row in table.rows.items()
    }
    return f"ALTER TABLE {quoted(table.name)} RENAME {quoted(old)} TO {quoted(new)}"


def _change_type(random: Random, table: Table) -> str:
    name = _column(random, table)
    if name is None:
        return _add_column(random, table)
    column = quoted(name)
    kind, using = random.choice(
        [
            (Type("text", ["a", "{}"]), f"{column}::text"),
            (Type("varchar(2)", ["a", "ab"], ["abc"]), f"left({column}::text, 2)"),
            (Type("integer", [7, 8], ["x"]), f"length({column}::text)"),
        ]
    )
    table.types[name] = kind
    table.rows = {key: row | {name: kind.sound[0]} for key, row in table.rows.items()}
    return f"ALTER TABLE {quoted(table.name)} ALTER {column} TYPE {kind.declared} USING {using}"


def _require(random: Random, table: Table) -> str:
    name = _column(random, table)
    if name is None:
        return _add_column(random, table)
    table.required.add(name)
    sound = table.types[name].sound
    table.rows = {
        key: row | {name: sound[0] if row[name] is None else row[name]} for key, row in table.rows.items()
    }
    return f"ALTER TABLE {quoted(table.name)} ALTER {quoted(name)} SET NOT NULL"


def _truncate(random: Random, table: Table) -> str:
    table.rows.clear()
    return f"TRUNCATE {quoted(table.name)}"


def _add_index(random: Random, table: Table) -> str:
    return f"CREATE UNIQUE INDEX ON {quoted(table.name)} ({', '.join(map(quoted, table.key))})"


def _add_trigger(random: Random, table: Table) -> str:
    trigger = _TRIGGER % ("RETURN NULL", "none BEFORE UPDATE ON {t}", "ROW")
    return trigger.format(t=quoted(table.name), f=quoted(f"none {table.name}")).replace(";;", ";")


def _fail(random: Random, table: Table) -> str:
    return f"ALTER TABLE {quoted(table.name)} ADD {quoted(table.key[0])} integer"


def _drop_table(random: Random, table: Table) -> str:
    return f"DROP TABLE {quoted(table.name)} CASCADE"


DDL: list[Callable[[Random, Table], str]] = [
    *[_add_column, _drop_column, _rename_column, _change_type] * 3,
    _require,
    _truncate,
    _add_index,
    _add_trigger,
    _fail,
    _drop_table,
]
"""What draws a DDL statement for a table; its rows are then what they are after it."""

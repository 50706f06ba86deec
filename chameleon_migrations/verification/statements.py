"""The statements that read a table, written alike for both sides."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from chameleon_migrations.database.sql_text import literal
from chameleon_migrations.verification.columns import Column, mysql_literal, mysql_name, postgres_name
from chameleon_migrations.verification.tables import Plan

RowKey = tuple[int | Decimal | bytes, ...]
"""A row's key: numbers, and texts in UTF-8."""


@dataclass(frozen=True)
class Span:
    """A part of a table in the order of its key.

    Attributes:
        after: The key before its first row; None for the beginning.
        upto: The key of its last row; None for the end.
        low: The least first number of its keys, in a sample.
        high: The number that is above all of them, in a sample.
        share: The part of its rows that is read, from 0 to 1, where they have to be picked one by one.
    """

    after: RowKey | None = None
    upto: RowKey | None = None
    low: int | None = None
    high: int | None = None
    share: float | None = None


@dataclass(frozen=True)
class Statements:
    """How one side writes the expressions that mean the same on both."""

    is_mysql: bool

    def stream(self, plan: Plan, span: Span) -> str:
        """Return the query for a row's key and digests, in the order of the key.

        In PostgreSQL there is one digest, in MySQL that of a copied row and, where it differs, that of a replayed one.
        """
        digests = [self._digest([self._side(column.copied, column.postgres) for column in plan.columns])]
        if self.is_mysql and any(column.copied != column.replayed for column in plan.columns):
            digests.append(self._digest([column.replayed for column in plan.columns]))
        keys = self._keys(plan)
        return f"SELECT {', '.join([*keys, *digests])} {self._ordered(plan, span)}"

    def bound(self, plan: Plan, span: Span, rows: int) -> str:
        """Return the query for the key of the last of the first `rows` rows."""
        return f"SELECT {', '.join(self._keys(plan))} {self._ordered(plan, span)} LIMIT 1 OFFSET {rows - 1}"

    def ends(self, plan: Plan) -> str:
        """Return the query for the least and the greatest first number of the keys."""
        first = self._keys(plan)[0]
        return f"SELECT min({first}), max({first}) FROM {self._place(plan)}"  # noqa: S608 - composed of quoted names

    def rows(self, plan: Plan, keys: Sequence[RowKey]) -> str:
        """Return the query for the rows of `keys`, and perhaps some others: their keys, and all values."""
        values = [expression for column in plan.columns for expression in self._values(column)]
        where = " OR ".join(self._match(plan, key) for key in keys)
        selected = ", ".join([*self._keys(plan), *values])
        return f"SELECT {selected} FROM {self._place(plan)} WHERE {where}"  # noqa: S608 - as above

    def _ordered(self, plan: Plan, span: Span) -> str:
        where = " AND ".join(self._conditions(plan, span)) or "true"
        return f"FROM {self._place(plan)} WHERE {where} ORDER BY {', '.join(self._keys(plan))}"

    def _conditions(self, plan: Plan, span: Span) -> Iterator[str]:
        keys = self._keys(plan)
        for row, sign in ((span.after, ">"), (span.upto, "<=")):
            if row is not None:
                yield self._bound(keys, sign, [self._value(value) for value in row])
        if span.low is not None:
            yield f"{keys[0]} >= {span.low}"
        if span.high is not None:
            yield f"{keys[0]} < {span.high}"
        if span.share is not None:
            texts = [
                self._side(f"concat({key.mysql})", f"({key.postgres})::text") for key in plan.key.values()
            ]
            yield f"left({self._digest(texts)}, 4) < '{max(1, int(span.share * 0x10000)):04x}'"

    def _bound(self, keys: Sequence[str], sign: str, values: Sequence[str]) -> str:
        """Return the condition that the row `keys` is ``>`` or ``<=`` `values`."""
        if not self.is_mysql:
            return f"({', '.join(keys)}) {sign} ({', '.join(values)})"
        # MySQL uses no index to compare rows.
        *most, last = zip(keys, values, strict=True)
        condition = f"{last[0]} {sign} {last[1]}"
        for key, value in reversed(most):
            condition = f"({key} {sign[0]} {value} OR ({key} = {value} AND {condition}))"
        return condition

    def _keys(self, plan: Plan) -> list[str]:
        """Return the expressions that the rows are ordered by: numbers, and the bytes of texts."""
        return [
            self._side(key.mysql, key.postgres)
            if key.is_integer
            else self._bytes(self._side(key.mysql, key.postgres), "''")
            for key in plan.key.values()
        ]

    def _place(self, plan: Plan) -> str:
        table = plan.table
        if self.is_mysql:
            return mysql_name(table.mysql_schema or "", table.name)
        return postgres_name(table.schema, table.name)

    def _side(self, mysql: str, postgres: str) -> str:
        return mysql if self.is_mysql else postgres

    def _bytes(self, expression: str, instead: str) -> str:
        """Return the bytes of a text, or of `instead` for NULL."""
        if self.is_mysql:
            return f"ifnull(cast({expression} as binary), {instead})"
        return f"coalesce(convert_to({expression}, 'UTF8'), {instead})"

    def _digest(self, texts: Sequence[str]) -> str:
        """Return the digest of texts with 0x00 between them, and 0xFF for NULL: neither is in any text."""
        if not texts:
            return "''"
        parts = [self._bytes(text, self._side("0xFF", r"'\xff'")) for text in texts]
        if self.is_mysql:
            return f"md5(concat_ws(0x00, {', '.join(parts)}))"
        zero = r" || '\x00'::bytea || "
        return f"md5({zero.join(parts)})"

    def _values(self, column: Column) -> list[str]:
        if not self.is_mysql:
            return [column.postgres]
        return [column.value] if column.value else [column.copied, column.replayed]

    def _match(self, plan: Plan, row: RowKey) -> str:
        conditions = []
        for key, value in zip(plan.key.values(), row, strict=True):
            match = key.mysql_match if self.is_mysql else key.postgres_match
            # PostgreSQL has no text with a NUL, and no literal of it.
            is_impossible = not self.is_mysql and isinstance(value, bytes) and 0 in value
            conditions.append("false" if is_impossible else match(self._text(value)))
        return f"({' AND '.join(conditions)})"

    def _value(self, value: int | Decimal | bytes) -> str:
        """Return a key's value as the literal to compare with the expression that orders the rows."""
        if not isinstance(value, bytes):
            return str(value)
        return f"x'{value.hex()}'" if self.is_mysql else rf"'\x{value.hex()}'::bytea"

    def _text(self, value: int | Decimal | bytes) -> str:
        """Return a key's value as the literal to find its row by."""
        if not isinstance(value, bytes):
            return str(value)
        return mysql_literal(value.decode()) if self.is_mysql else literal(value.decode())


MYSQL = Statements(is_mysql=True)
POSTGRES = Statements(is_mysql=False)

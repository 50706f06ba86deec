"""A table's rows on both sides: joined by their keys, and what differs read again until that is sure."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from chameleon_migrations.verification.images import Value, Verdict, compare
from chameleon_migrations.verification.reading import Row, Sides
from chameleon_migrations.verification.result import (
    DIFFERENT,
    ONLY_IN_MYSQL,
    ONLY_IN_POSTGRES,
    Difference,
    NotCompared,
    TableResult,
    Values,
)
from chameleon_migrations.verification.statements import RowKey, Span
from chameleon_migrations.verification.tables import Plan

_CHUNK = 20_000
"""How many rows are read in one snapshot, where an index gives them in the key's order; else it is the whole table."""

_KEYS = 20_000
_KEY_BYTES = 8_000_000
"""How many keys that may differ, and of how many bytes, are kept before they are looked at."""

_ROWS_AN_UPDATE = 5_000
"""After how many rows the progress bar moves."""

_SHOWN = 10
"""How many differences of each kind are shown."""

_SLICES = 1_000
"""How many ranges the keys of a table are divided into, of which a sample takes some."""


@dataclass(frozen=True)
class Options:
    """What the user asks for.

    Attributes:
        sample: How many percent of the rows are compared; None for all.
        wait: How many seconds a replica may take to apply what was written before a row was read.
        values: Whether values are shown.
    """

    sample: float | None = None
    wait: float = 30
    values: bool = False


@dataclass
class Comparison:
    """A table while it is compared."""

    plan: Plan
    sides: Sides
    options: Options
    begin_waiting: Callable[[], Callable[[float], bool]]
    """Notes MySQL's position, and returns what waits until the replica has applied it, or a time."""
    on_read: Callable[[int], None]
    """Called with a number of rows that were read."""
    counts: Counter[str] = field(default_factory=Counter)
    first: list[Difference] = field(default_factory=list)
    suspects: dict[RowKey, int] = field(default_factory=dict)
    """The keys whose rows differ, each with a fingerprint of both rows."""

    def run(self) -> TableResult:
        """Compare the rows, and return what was found."""
        plan = self.plan
        if plan.has_key:
            for span in self._spans():
                self._compare(span)
            self._settle()
        return TableResult(
            table=str(plan.table),
            source=plan.table.source,
            **self.counts,
            problems=plan.problems,
            not_compared=[NotCompared(*column) for column in plan.not_compared.items()],
            doubtful=[NotCompared(column.name, column.doubt) for column in plan.columns if column.doubt],
            first=self.first,
        )

    def _spans(self) -> Iterator[Span]:
        """Yield the parts of the table that are compared: ranges of numbers where the key begins with one."""
        sample, first = self.options.sample, next(iter(self.plan.key.values()))
        if sample is None or not first.is_integer:
            yield Span(share=sample / 100 if sample and sample < 100 else None)  # noqa: PLR2004 - percent
            return
        low, high = self.sides.ends(self.plan)
        if low is None or high is None:
            yield Span()
            return
        slices = min(_SLICES, high - low + 1)
        bounds = [None, *(low + (high - low + 1) * part // slices for part in range(1, slices)), None]
        chosen = random.sample(range(slices), max(1, round(slices * sample / 100)))
        yield from (Span(low=bounds[part], high=bounds[part + 1]) for part in sorted(chosen))

    def _compare(self, span: Span) -> None:
        """Compare the rows of `span`, and add those that differ to the suspects."""
        is_last = False
        while not is_last:
            found, last = self._candidates(span)
            for keys in self.sides.batches(self.plan, found):
                self.suspects |= {key: mark for key, mark, _ in self._look(keys)}
            if len(self.suspects) >= _KEYS or (last and not self.plan.by_index):
                self._settle()
            span, is_last = replace(span, after=last), last is None

    def _candidates(self, span: Span) -> tuple[list[RowKey], RowKey | None]:
        """Return the keys of rows whose digests differ, and the key up to which was read; None at the end of `span`."""
        found: list[RowKey] = []
        size = 0
        with self.sides.snapshot():
            last = self.sides.bound(self.plan, span, _CHUNK) if self.plan.by_index else None
            span = replace(span, upto=last)
            for key in self._joined(self.sides.ours(self.plan, span), self.sides.theirs(self.plan, span)):
                found.append(key)
                size += sum(len(part) for part in key if isinstance(part, bytes))
                if len(found) >= _KEYS or size >= _KEY_BYTES:
                    return found, key
        return found, last

    def _joined(self, ours: Iterator[Row], theirs: Iterator[Row]) -> Iterator[RowKey]:
        """Yield the keys that only one side has, or whose digests differ, of rows in the order of the key."""
        read = 0
        mine, other = next(ours, None), next(theirs, None)
        while mine or other:
            if mine and other and mine.key == other.key:
                if other.digests[0] not in mine.digests:
                    yield mine.key
                mine, other = next(ours, None), next(theirs, None)
            elif mine and (other is None or mine.key < other.key):
                yield mine.key
                mine = next(ours, None)
            elif other:
                yield other.key
                other = next(theirs, None)
            read += 1
            if read % _ROWS_AN_UPDATE == 0:
                self.on_read(_ROWS_AN_UPDATE)
            self.counts["rows"] += 1
        self.on_read(read % _ROWS_AN_UPDATE)

    def _look(self, keys: Sequence[RowKey]) -> Iterator[tuple[RowKey, int, Difference]]:
        """Yield each of `keys` whose rows differ now, with a fingerprint of both rows, and the difference."""
        theirs = self.sides.their_rows(self.plan, keys)
        ours = self.sides.our_rows(self.plan, keys)
        for key in keys:
            mine, other = ours.get(key, []), theirs.get(key, [])
            difference = self._difference(key, mine, other)
            if difference:
                yield key, hash((str(mine), str(other))), difference

    def _difference(
        self, key: RowKey, mine: list[list[tuple[Value, Value]]], other: list[list[str | None]]
    ) -> Difference | None:
        columns = self.plan.columns
        verdict = Verdict()
        if mine and len(mine) == len(other):
            rules = {column.name: column.alike for column in columns}
            verdict = compare(rules, mine[0], other[0])
            self.counts["lossy"] += verdict.lossy
            kind = DIFFERENT if verdict.different else None
        else:
            kind = ONLY_IN_MYSQL if len(mine) > len(other) else ONLY_IN_POSTGRES if other else None
        if kind is None:
            return None
        found = Difference(kind, _shown_key(self.plan, key), verdict.different)
        if not self.options.values:
            return found
        names = [column.name for column in columns]
        shown = verdict.different or names
        return replace(
            found,
            mysql=_shown(names, [value for value, _ in mine[0]], shown) if mine else None,
            postgres=_shown(names, other[0], shown) if other else None,
        )

    def _settle(self) -> None:
        """Read the suspects again until each is equal, or sure to differ: both rows the same though the replica went on."""
        until = time.monotonic() + self.options.wait
        while self.suspects:
            has_passed = self.begin_waiting()(until)
            before, self.suspects = self.suspects, {}
            for keys in self.sides.batches(self.plan, list(before)):
                for key, mark, difference in self._look(keys):
                    if not has_passed or before[key] == mark:
                        self._count(difference)
                    else:
                        self.suspects[key] = mark
            if time.monotonic() >= until:
                self.counts["unsettled"] += len(self.suspects)
                self.suspects = {}

    def _count(self, difference: Difference) -> None:
        self.counts[difference.kind] += 1
        if self.counts[difference.kind] <= _SHOWN:
            self.first.append(difference)


def _shown_key(plan: Plan, key: RowKey) -> Values:
    texts = (value.decode() if isinstance(value, bytes) else str(value) for value in key)
    return dict(zip(plan.key, texts, strict=True))


def _shown(names: Sequence[str], values: Sequence[Value], shown: Sequence[str]) -> Values:
    """Return the values of the columns `shown`; bytes as hexadecimal text."""
    texts = (value.hex() if isinstance(value, bytes) else value for value in values)
    return {name: text for name, text in zip(names, texts, strict=True) if name in shown}

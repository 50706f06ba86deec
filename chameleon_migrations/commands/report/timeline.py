"""Where the tables of a source stand in the binlog, between the place it reads on from and the one where it is consistent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import ceil
from typing import NamedTuple

from chameleon_migrations.checks import merge_plan
from chameleon_migrations.commands import status

_LABELS = 5
"""How many binlog files are named above a time line, where there are more."""

_EVENT = 100
"""Bytes, fewer than which nothing happens: a position one past another is drawn where that is."""


class Position(NamedTuple):
    """A place in the binlog, in the order of the server: by the number after the file's last dot, then by offset."""

    number: int
    file: str
    offset: int

    @classmethod
    def parse(cls, written: str) -> Position:
        """Return the position that is `written` as ``file:offset``."""
        file, offset = written.rsplit(":", 1)
        number = re.search(r"\.([0-9]+)$", file)
        return cls(int(number[1]) if number else 0, file, int(offset))


@dataclass(frozen=True)
class Stretch:
    """A binlog file on the axis, from `left` and `width` wide, in percent, from the offset `lowest` to `highest`."""

    lowest: int
    highest: int
    left: float
    width: float

    def place(self, offset: int) -> float:
        """Return where `offset` is on the axis, in percent."""
        return self.left + self.width * (offset - self.lowest) / (self.highest - self.lowest)


@dataclass(frozen=True)
class Label:
    """The name of a binlog file above the axis, and the room that it has."""

    text: str
    left: float
    width: float


class Axis:
    """The binlog from the first to the last of some positions.

    Each file that has one of them is as wide as every other, since nobody knows how long a file is that was not read to its end;
    inside of it offsets are to scale. Files without any are left out.
    """

    def __init__(self, positions: Iterable[Position]) -> None:
        files = [
            (key, [position.offset for position in group])
            for key, group in groupby(sorted(set(positions)), key=lambda position: position[:2])
        ]
        width = 100 / len(files) if files else 100
        self.stretches: dict[tuple[int, str], Stretch] = {}
        for index, (key, offsets) in enumerate(files):
            first, last = index == 0, index == len(files) - 1
            lowest, highest = (min(offsets) if first else 0), max(offsets)
            self.stretches[key] = Stretch(
                lowest=lowest,
                highest=max(highest, lowest + _EVENT) if last else _beyond(lowest, highest),
                left=index * width,
                width=width,
            )

    def place(self, position: Position) -> float:
        """Return where `position`, one of those that the axis was made for, is on it, in percent."""
        return self.stretches[position[:2]].place(position.offset)

    @property
    def labels(self) -> list[Label]:
        """The names of the files, as many as there is room for, each with its room."""
        files = [(file, stretch) for (_, file), stretch in self.stretches.items()]
        step = max(1, ceil(len(files) / _LABELS))
        # Several files of one server differ in their numbers only.
        one_base = len(files) > 1 and len({file.rpartition(".")[0] for file, _ in files}) == 1
        return [
            Label(
                file.rpartition(".")[2] if one_base else file,
                stretch.left,
                min(stretch.width * step, 100 - stretch.left),
            )
            for file, stretch in files[::step]
        ]

    @property
    def left_out(self) -> int:
        """How many files there are between the first and the last that no position is in."""
        numbers = sorted({number for number, _ in self.stretches})
        return numbers[-1] - numbers[0] + 1 - len(numbers) if numbers else 0


def _beyond(lowest: int, highest: int) -> int:
    """Return where to end a file that goes on, nobody knows how far, after `highest`."""
    return highest + max((highest - lowest) // 5, highest // 20, _EVENT)


@dataclass(frozen=True)
class Row:
    """The tables of one schema that are at one place: `at`, in percent, or None where they have no position of their own."""

    schema: str
    tables: Sequence[str]
    position: str | None
    at: float | None


@dataclass(frozen=True)
class TimeLine:
    """A source's part of the binlog; `start` and `end` are where it reads on from and is consistent, in percent."""

    source: str
    resume_position: str | None
    high_watermark: str | None
    axis: Axis
    start: float | None
    end: float | None
    rows: Sequence[Row] = field(repr=False)

    @property
    def tables(self) -> int:
        """How many tables there are in all of its rows."""
        return sum(len(row.tables) for row in self.rows)


def time_line(
    source: str,
    resume_position: str | None,
    high_watermark: str | None,
    tables: Iterable[merge_plan.Table | status.Table],
) -> TimeLine:
    """Return the time line of `source`; its tables are together where they are of one schema and at one place."""
    together: dict[tuple[str, str | None], list[str]] = {}
    for table in tables:
        together.setdefault((table.schema, table.position), []).append(table.name)
    known = {
        written: Position.parse(written)
        for written in (resume_position, high_watermark, *(position for _, position in together))
        if written
    }
    axis = Axis(known.values())
    place = {written: axis.place(position) for written, position in known.items()}
    # Those without a position of their own come last.
    order = sorted(together, key=lambda key: (not key[1], known.get(key[1] or ""), key[0]))
    return TimeLine(
        source=source,
        resume_position=resume_position,
        high_watermark=high_watermark,
        axis=axis,
        start=place.get(resume_position or ""),
        end=place.get(high_watermark or ""),
        rows=[
            Row(schema, sorted(together[schema, position]), position, place.get(position or ""))
            for schema, position in order
        ],
    )

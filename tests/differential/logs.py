"""Generated logs: tables of all kinds, and events that mostly fit them."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.batches import SCHEMA, Event, quoted
from tests.differential.expected import idle
from tests.differential.schemas import DDL, TYPES, Table, tables
from tests.differential.sides import Batch, Log

_Action = Callable[[st.DrawFn, Table], Event]


def _insert(draw: st.DrawFn, table: Table) -> Event:
    free = table.free_keys()
    if not free:
        return _update(draw, table)
    image = dict(zip(table.key, draw(st.sampled_from(free)), strict=True))
    image |= table.values(draw, table.others)
    return Event(table.name, "insert", table.put(image))


def _update(draw: st.DrawFn, table: Table) -> Event:
    if not table.rows:
        return _insert(draw, table)
    before = table.take(draw)
    changed = [name for name in table.others if draw(st.booleans())]
    return Event(table.name, "update", table.put(before | table.values(draw, changed)), before)


def _delete(draw: st.DrawFn, table: Table) -> Event:
    return Event(table.name, "delete", table.take(draw)) if table.rows else _insert(draw, table)


def _move(draw: st.DrawFn, table: Table) -> Event:
    free = table.free_keys()
    if not (free and table.rows):
        return _update(draw, table)
    before = table.take(draw)
    key = dict(zip(table.key, draw(st.sampled_from(free)), strict=True))
    return Event(table.name, "update", table.put(before | key), before)


def _insert_stored(draw: st.DrawFn, table: Table) -> Event:
    if not table.rows:
        return _insert(draw, table)
    image = table.take(draw) | table.values(draw, table.others)
    return Event(table.name, "insert", table.put(image))


def _miss(draw: st.DrawFn, table: Table) -> Event:
    free = table.free_keys()
    if not (free and table.rows):
        return _delete(draw, table)
    image = draw(st.sampled_from(list(table.rows.values())))
    image |= dict(zip(table.key, draw(st.sampled_from(free)), strict=True))
    return Event(table.name, draw(st.sampled_from(["update", "delete"])), image, image)


def _move_to_stored(draw: st.DrawFn, table: Table) -> Event:
    if not table.rows:
        return _insert(draw, table)
    before = table.take(draw)
    image = before | {name: table.take(draw)[name] for name in table.key[:1] if table.rows}
    return Event(table.name, "update", table.put(image), before)


def _take_value(draw: st.DrawFn, table: Table) -> Event:
    """Let a row have the unique values of another, which a later event may part again."""
    event = _update(draw, table)
    assert event.after is not None
    others = [row for row in table.rows.values() if row is not event.after]
    if not (others and table.unique):
        return event
    owner = draw(st.sampled_from(others))
    return event._replace(after=table.put(event.after | {name: owner[name] for name in table.unique}))


def _odd_value(draw: st.DrawFn, table: Table) -> Event:
    event = draw(st.sampled_from([_insert, _update]))(draw, table)
    assert event.after is not None
    name = draw(st.sampled_from(list(table.types)))
    odd = [None, *table.types[name].odd]
    return event._replace(after=event.after | {name: draw(st.sampled_from(odd))})


def _other_columns(draw: st.DrawFn, table: Table) -> Event:
    """Let an image lack a column, or have one too many."""
    event = draw(st.sampled_from([_insert, _update, _update]))(draw, table)
    assert event.after is not None
    lacking = draw(st.sampled_from([None, *table.others]))
    image = {name: value for name, value in event.after.items() if name != lacking}
    return event._replace(after=image if lacking else image | {"no such column": 1})


def _other_key(draw: st.DrawFn, table: Table) -> Event:
    """Look for a row by NULL, by nothing, or by another way to write its key."""
    event = draw(st.sampled_from([_update, _delete]))(draw, table)
    name = draw(st.sampled_from(table.key))
    image = event.before if event.kind == "update" else event.after
    assert image is not None or event.kind == "insert"
    if image is None:
        return event
    value = image[name]
    written = draw(st.sampled_from([f" {value}", f"{value} ", None]))
    if event.kind == "delete":
        return event._replace(after=image | {name: written})
    lacking = {other: value for other, value in image.items() if other != name}
    return event._replace(before=draw(st.sampled_from([image | {name: written}, lacking])))


def _stranger(draw: st.DrawFn, table: Table) -> Event:
    kind = draw(st.sampled_from(["insert", "delete", "ddl"]))
    return Event(f"not {table.name}", kind, {"id": 1}, query="DROP TABLE audit" if kind == "ddl" else None)


def _ddl(draw: st.DrawFn, table: Table) -> Event:
    statement = draw(st.sampled_from(DDL))(draw, table)
    return Event(table.name, "ddl", query=f" SET search_path={quoted(SCHEMA)};{statement};")


_SOUND: list[_Action] = [_insert, _insert, _insert, _update, _update, _update, _delete, _move]
_BROKEN: list[_Action] = [
    _insert_stored,
    _miss,
    _move_to_stored,
    _take_value,
    _take_value,
    _odd_value,
    _odd_value,
    _other_columns,
    _other_key,
    _stranger,
]


@st.composite
def _events(draw: st.DrawFn, replicated: list[Table], faults: int, ddl: int) -> list[Event]:
    """Draw up to 30 events, one in `faults` of which is broken, and one in `ddl` DDL."""
    events = []
    for _ in range(draw(st.integers(0, 30))):
        table = draw(st.sampled_from(replicated))
        if draw(st.integers(1, ddl)) == ddl:
            events.append(_ddl(draw, table))
            continue
        broken = draw(st.integers(1, faults)) == faults
        events.append(draw(st.sampled_from(_BROKEN if broken else _SOUND))(draw, table))
    return events


@st.composite
def logs(draw: st.DrawFn, *, odd_keys: bool = True) -> Log:
    """Draw a log of one or two sources with up to three tables each, in one to three batches.

    Args:
        draw: Hypothesis' own.
        odd_keys: Whether names of key columns may hold commas and quotes, which 1.8.2 cannot read.
    """
    faults, ddl = draw(st.sampled_from([1000, 30, 8])), draw(st.sampled_from([1000, 30]))
    sources = [1, 2][: draw(st.sampled_from([1, 1, 2]))]
    replicated = {source: draw(tables(source, odd_keys=odd_keys)) for source in sources}
    batches = [
        Batch(source, draw(_events(replicated[source], faults, ddl)))
        for source in draw(st.lists(st.sampled_from(sources), min_size=1, max_size=3))
    ]
    keys = {
        source: {table.name: table.key for table in replicated[source]} | {idle(source): ["id"]}
        for source in sources
    }
    setup = [
        *TYPES,
        "CREATE TABLE audit (said text)",
        *(f"CREATE TABLE {quoted(idle(source))} (id integer)" for source in sources),
        *(statement for source in sources for table in replicated[source] for statement in table.setup),
    ]
    return Log(setup, keys, batches, ["audit"])

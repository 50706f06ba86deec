"""Generated logs: tables of all kinds, and events that mostly fit them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from hypothesis import strategies as st

from devtools.batches import SCHEMA, Event, quoted
from devtools.replay_sides import Batch, Log
from tests.support.differential.expected import idle
from tests.support.differential.schemas import DDL, TYPES, Table, tables

_Action = Callable[[Random, Table], Event]


def _insert(random: Random, table: Table) -> Event:
    free = table.free_keys()
    if not free:
        return _update(random, table)
    image = dict(zip(table.key, random.choice(free), strict=True))
    image |= table.values(random, table.others)
    return Event(table.name, "insert", table.put(image))


def _update(random: Random, table: Table) -> Event:
    if not table.rows:
        return _insert(random, table)
    before = table.take(random)
    changed = [name for name in table.others if random.choice((True, False))]
    return Event(table.name, "update", table.put(before | table.values(random, changed)), before)


def _delete(random: Random, table: Table) -> Event:
    return Event(table.name, "delete", table.take(random)) if table.rows else _insert(random, table)


def _move(random: Random, table: Table) -> Event:
    free = table.free_keys()
    if not (free and table.rows):
        return _update(random, table)
    before = table.take(random)
    key = dict(zip(table.key, random.choice(free), strict=True))
    return Event(table.name, "update", table.put(before | key), before)


def _insert_stored(random: Random, table: Table) -> Event:
    if not table.rows:
        return _insert(random, table)
    image = table.take(random) | table.values(random, table.others)
    return Event(table.name, "insert", table.put(image))


def _miss(random: Random, table: Table) -> Event:
    free = table.free_keys()
    if not (free and table.rows):
        return _delete(random, table)
    row = random.choice(list(table.rows.values()))
    missing, moved = (row | dict(zip(table.key, random.choice(free), strict=True)) for _ in range(2))
    kind = random.choice(["update", "delete"])
    return Event(table.name, kind, random.choice([missing, moved]), missing)


def _move_to_stored(random: Random, table: Table) -> Event:
    if not table.rows:
        return _insert(random, table)
    before = table.take(random)
    image = before | {name: table.take(random)[name] for name in table.key[:1] if table.rows}
    return Event(table.name, "update", table.put(image), before)


def _take_value(random: Random, table: Table) -> Event:
    """Let a row have the unique values of another, which a later event may part again."""
    if not table.unique:
        return _odd_value(random, table)
    event = _update(random, table)
    assert event.after is not None
    others = [row for row in table.rows.values() if row is not event.after]
    if not others:
        return event
    owner = random.choice(others)
    return event._replace(after=table.put(event.after | {name: owner[name] for name in table.unique}))


def _odd_value(random: Random, table: Table) -> Event:
    event = random.choice([_insert, _update])(random, table)
    assert event.after is not None
    name = random.choice([*table.types, *table.unique])
    odd = table.types[name].odd or [None]
    return event._replace(after=event.after | {name: random.choice(odd)})


def _no_value(random: Random, table: Table) -> Event:
    """Put NULL where none may be."""
    event = random.choice([_insert, _update])(random, table)
    assert event.after is not None
    name = random.choice([*table.required] or table.key)
    return event._replace(after=event.after | {name: None})


def _other_columns(random: Random, table: Table) -> Event:
    """Let an image lack a column, or have one too many."""
    event = random.choice([_insert, _update, _update])(random, table)
    assert event.after is not None
    lacking = random.choice([None, *table.others])
    image = {name: value for name, value in event.after.items() if name != lacking}
    return event._replace(after=image if lacking else image | {"no such column": 1})


def _other_key(random: Random, table: Table) -> Event:
    """Look for a row by NULL, by nothing, or by another way to write its key."""
    event = random.choice([_update, _delete])(random, table)
    name = random.choice(table.key)
    image = event.before if event.kind == "update" else event.after
    assert image is not None or event.kind == "insert"
    if image is None:
        return event
    value = image[name]
    written = random.choice([f" {value}", f"{value} ", None])
    if event.kind == "delete":
        return event._replace(after=image | {name: written})
    lacking = {other: value for other, value in image.items() if other != name}
    return event._replace(before=random.choice([image | {name: written}, lacking]))


def _afterwards(random: Random, table: Table, event: Event) -> list[Event]:
    """Draw what makes good what `event` did, if anything."""
    key = tuple((event.after or {}).get(name) for name in table.key)
    if key not in table.rows or random.choice((True, False)):
        return []
    before = table.rows.pop(key)
    if random.choice((True, False)):
        return [Event(table.name, "delete", before)]
    return [Event(table.name, "update", table.put(before | table.values(random, table.others)), before)]


def _stranger(random: Random, table: Table) -> Event:
    kind = random.choice(["insert", "delete", "ddl"])
    return Event(f"not {table.name}", kind, {"id": 1}, query="DROP TABLE audit" if kind == "ddl" else None)


def _ddl(random: Random, table: Table) -> Event:
    statement = random.choice(DDL)(random, table)
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
    _no_value,
    _no_value,
    _other_columns,
    _other_columns,
    _other_key,
    _stranger,
]


_SEEDS = st.integers(0, 2**24 - 1)
"""What a table or an event is drawn by. Hypothesis draws greater numbers unevenly, and single choices from long logs too."""


def _events(
    seeds: list[int], replicated: list[Table], faults: Sequence[_Action], gap: int, ddl: int
) -> list[Event]:
    """Return an event or two for each of `seeds` but 0; one in `gap` has one of `faults`, and one in `ddl` is DDL."""
    events: list[Event] = []
    for random in map(Random, filter(None, seeds)):
        table = random.choice(replicated)
        if random.randrange(ddl) == 0:
            events.append(_ddl(random, table))
        elif random.randrange(gap) == 0:
            events.append(random.choice(faults)(random, table))
            events += _afterwards(random, table, events[-1])
        else:
            events.append(random.choice(_SOUND)(random, table))
    return events


@st.composite
def logs(draw: st.DrawFn, *, odd_keys: bool = True) -> Log:
    """Draw a log of one or two sources with up to three tables each, in one to three batches.

    Args:
        draw: Hypothesis' own.
        odd_keys: Whether names of key columns may hold commas and quotes, which 1.8.2 cannot read.
    """
    random = Random(draw(_SEEDS))
    sources = random.choice([[1], [1], [1, 2]])
    replicated = {source: tables(random, source, odd_keys=odd_keys) for source in sources}
    # Few kinds of faults at a time: what each one alone would do to a fold is not to be hidden by others.
    faults = random.sample(_BROKEN, random.choice([1, 1, 1, 3]))
    gap, ddl = random.choice([40, 12, 6]), random.choice([1000, 1000, 50])
    batches = []
    for source in random.choices(sources, k=random.choice([1, 1, 2, 3])):
        seeds = [draw(_SEEDS) for _ in range(random.choice([60, 40, 20, 5, 0]))]
        batches.append(Batch(source, _events(seeds, replicated[source], faults, gap, ddl)))
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

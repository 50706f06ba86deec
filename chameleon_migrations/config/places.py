"""Keys in the wrong place of pg_chameleon 2's configuration file, where pg_chameleon does not look for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chameleon_migrations.config.entries import Entry, refusal_of
from chameleon_migrations.config.keys import (
    NEEDED_AT_ROOT,
    NEEDED_OF_MYSQL,
    NEEDED_OF_POSTGRES,
    NEEDED_OF_SOURCE,
    OLD_KEYS,
    SOURCE_KEYS,
)


def refuse_misplaced(root: Entry) -> None:
    """Refuse a needed key that is not where it belongs, but in a section around it or in one beside it.

    Only a file that could not be read anyway is refused: a key that is where it belongs may be elsewhere too.

    Raises:
        UserError: The key, and where it belongs; or the whole file is one of pg_chameleon 1.8.2.
    """
    sources = root.get("sources")
    if OLD_KEYS & root.members().keys() and not (sources and sources.members()):
        raise refusal_of(
            root.file,
            "found a configuration file of pg_chameleon 1.8.2; needed: one of pg_chameleon 2, which "
            "'chameleon-migrations --config NAME configure' writes from those of 1.8.2",
        )
    _refuse_too_far_right(root)
    for entry, place in _too_far_left(root):
        raise entry.refusal(f"found a level too far left; needed: under {place}: indent it")


def is_source(entry: Entry) -> bool:
    """Tell whether `entry` is meant as a source: it has a connection."""
    return entry.get("db_conn") is not None


def _refuse_too_far_right(root: Entry) -> None:
    for section in filter(None, map(root.get, NEEDED_AT_ROOT)):
        for key in NEEDED_AT_ROOT:
            found = section.get(key)
            if found and not root.get(key) and not is_source(found):
                raise found.refusal(
                    f"found under {section.place}; needed: at the top level, beside {section.place}"
                )


def _too_far_left(root: Entry) -> Iterator[tuple[Entry, str]]:
    """Yield keys that belong further down, each with the place where."""
    yield from _absent_below(root, NEEDED_OF_POSTGRES, [root.get("pg_conn")], "pg_conn")
    sources = root.get("sources")
    if not sources:
        return
    members = sources.members().items()
    named = [entry for key, entry in members if is_source(entry) or key not in SOURCE_KEYS]
    example = f"a source, such as {named[0].place}" if named else "a source"
    yield from ((entry, example) for _, entry in members if entry not in named)
    yield from _absent_below(
        root, NEEDED_OF_SOURCE, [source for source in named if _has_own_keys(source)], example
    )
    if not members:
        yield from ((entry, "sources") for entry in root.members().values() if is_source(entry))
    for source in named:
        yield from _absent_below(source, NEEDED_OF_MYSQL, [source.get("db_conn")], f"{source.place}.db_conn")
        yield from _mappings(source)


def _absent_below(
    section: Entry, keys: Sequence[str], below: Sequence[Entry | None], place: str
) -> Iterator[tuple[Entry, str]]:
    """Yield those of `keys` that `section` has, and not every section of `below`, where they belong."""
    for key in keys:
        found = section.get(key)
        if found and not all(one and one.get(key) for one in below):
            yield found, place


def _has_own_keys(source: Entry) -> bool:
    """Tell whether `source` does not have its keys under its connection."""
    connection = source.get("db_conn")
    return connection is None or connection.get("type") is None


def _mappings(source: Entry) -> Iterator[tuple[Entry, str]]:
    """Yield the key after `schema_mappings` where that is empty, if it is none that a source has."""
    mappings = source.get("schema_mappings")
    if mappings and not mappings.members():
        own = list(source.members())
        following = own[own.index("schema_mappings") + 1 :][:1]
        yield from ((source.members()[key], mappings.place) for key in following if key not in SOURCE_KEYS)


def under_connection(source: Entry) -> dict[str, Entry]:
    """Return the keys of a source that stand under its `db_conn`.

    pg_chameleon's own example has them there in its source that is not MySQL. Of one that is MySQL it never looks there.

    Raises:
        UserError: The source is MySQL.
    """
    connection = source.get("db_conn")
    nested = connection.members() if connection else {}
    nested = {key: entry for key, entry in nested.items() if key in SOURCE_KEYS}
    kind = source.get("type") or nested.get("type")
    if nested and (kind is None or kind.node.value == "mysql"):
        raise next(iter(nested.values())).refusal(
            f"found under db_conn; needed: directly under {source.place}, beside db_conn"
        )
    return nested

"""Old and new sources of any number and name, compared with what a few lines of Python make of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL

from devtools.config_file import write_config
from devtools.server import fresh_database
from tests.support.command import Alembic
from tests.support.old_catalogue import Mappings, OldSource, OldTable, build, read, upgraded

NAMES = st.one_of(
    st.sampled_from(
        [
            "a b",
            "a,b",
            'quote"d',
            "it's",
            "semi;--",
            "Über-Größe",
            "dash-ed",
            "CamelCase",
            "%s",
            ":x",
            "\\",
            "select",
            "日本",
        ]
    ),
    st.text(
        st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs", "Cc"]),
        min_size=1,
        max_size=8,
    ),
)
POSITIONS = st.tuples(st.integers(1, 11).map("mysql-bin.v2.{:06d}".format), st.integers(4, 2**31 - 2))


@st.composite
def catalogues(draw: st.DrawFn) -> tuple[list[OldSource], Mappings]:
    """Draw old sources with tables, and a file that maps all of them, and only them."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    sources = []
    for number, name in enumerate(names):
        resume = draw(st.none() | POSITIONS)
        keys = st.lists(NAMES.filter(lambda column: '"' not in column), min_size=1, max_size=3, unique=True)
        tables = draw(
            st.lists(
                st.builds(
                    OldTable, NAMES, keys.filter(lambda key: len(str(key)) < 80), st.none() | POSITIONS
                ),
                max_size=4,
                unique_by=lambda table: table.name,
            )
        )
        schema = draw(st.sampled_from(["shared", f"my {number}"]))
        sources.append(
            OldSource(name, schema, f"{name} {number}", resume, draw(st.booleans()), tables if resume else ())
        )
    return sources, draw(_mappings(sources))


@st.composite
def _mappings(draw: st.DrawFn, sources: list[OldSource]) -> Mappings:
    """Draw new sources; one takes in a MySQL schema once, several may take in the same."""
    new: dict[str, dict[str, str]] = {}
    for source in sources:
        takers = [name for name, pairs in new.items() if source.schema not in pairs]
        fresh = NAMES.filter(lambda name: name not in new)
        name = draw(st.sampled_from(takers) | fresh) if takers else draw(fresh)
        new.setdefault(name, {})[str(source.schema)] = source.destination
    return new


QUICK = settings(
    max_examples=3,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@QUICK
@given(catalogue=catalogues())
def test_any_sources_merge_into_any(
    server: URL, tmp_path: Path, catalogue: tuple[list[OldSource], Mappings]
) -> None:
    """Every source, table, key and position arrives, whatever they are called and however they merge."""
    merge(server, tmp_path, *catalogue)


@pytest.mark.slow
@settings(QUICK, max_examples=12)
@given(catalogue=catalogues())
def test_more_sources_merge_into_any(
    server: URL, tmp_path: Path, catalogue: tuple[list[OldSource], Mappings]
) -> None:
    """The same, for longer."""
    merge(server, tmp_path, *catalogue)


def merge(server: URL, tmp_path: Path, sources: list[OldSource], mappings: Mappings) -> None:
    with fresh_database(server) as database:
        build(database, sources)
        Alembic(write_config(tmp_path / "new.yml", database, mappings)).must("upgrade", "2.0.0")
        assert read(database) == upgraded(sources, mappings)


@pytest.mark.parametrize("number", [0, 1, 5000])
def test_any_number_of_tables(database: URL, tmp_path: Path, number: int) -> None:
    """A source may have no table, or thousands."""
    tables = [OldTable(f"table {n}", ("id", "line,no")) for n in range(number)]
    sources = [OldSource("one", "my", "db", tables=tables)]
    mappings = {"mysql": {"my": "db"}}
    build(database, sources)
    Alembic(write_config(tmp_path / "new.yml", database, mappings)).must("upgrade", "2.0.0")
    assert read(database) == upgraded(sources, mappings)
    assert len(read(database)["mysql"]["tables"]) == number

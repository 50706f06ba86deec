"""Mutated configuration files: the bytes of one, or a value in it, drawn by hypothesis."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import yaml
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from chameleon_migrations.config.settings import load
from chameleon_migrations.errors import UserError
from tests.support.written_config import (
    EXAMPLE,
    REQUIRED,
    SECRET,
    example,
    line_of_refusal,
    node,
    says_the_same,
    write,
)


def read_or_refused(file: Path, content: bytes) -> str:
    """Assert that `content` is read as PyYAML reads it, or refused in one line without a secret; return which."""
    try:
        read = load(write(file, content))
    except UserError:
        line_of_refusal(file)
        return "refused"
    assert says_the_same(read, yaml.load(content, Loader=yaml.BaseLoader))
    return "read"


SIGNS = [
    b"",
    b"\t",
    b"\n",
    b" ",
    b"'",
    b'"',
    b"*",
    b"{",
    b"[",
    b"\\",
    b"\xff",
    b": ",
    b"- ",
    b"&a ",
    b"!!int ",
    b"<<: ",
]


PLACES = [*REQUIRED, ("sources", "mysql"), ("sources", "mysql", "schema_mappings", "my_schema_01")]
# A key is shown, being a name: the secret is among the values only.
KEYS = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=5)
VALUES = st.recursive(
    KEYS | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


@st.composite
def mutated_bytes(draw: st.DrawFn) -> bytes:
    """Draw the example with bytes lost, doubled or replaced by what means something to YAML."""
    content = EXAMPLE.encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        end = draw(st.integers(start, min(start + 30, len(content))))
        put = draw(st.sampled_from(SIGNS) | st.binary(max_size=3) | st.just(content[start:end] * 2))
        content = content[:start] + put + content[end:]
    return content


@st.composite
def mutated_value(draw: st.DrawFn) -> bytes:
    """Draw the example with any value, a wrong one or one from elsewhere in the file, in any place."""
    place = draw(st.sampled_from(PLACES))
    value = draw(VALUES | st.sampled_from(PLACES).map(lambda place: node(example(), *place)))
    tree = example()
    node(tree, *place[:-1])[place[-1]] = value
    return yaml.safe_dump(tree, allow_unicode=True).encode()


def many_files(directory: Path, random: Random) -> Counter[str]:
    """Read a hundred files, half of them with mutated bytes, half with a mutated value; return what came of them."""
    seen: Counter[str] = Counter()

    @seed(random.randrange(2**32))
    @settings(max_examples=50, deadline=None, database=None)
    @given(data=mutated_bytes(), value=mutated_value())
    def read(data: bytes, value: bytes) -> None:
        seen.update(read_or_refused(directory / "demo.yml", content) for content in (data, value))

    read()
    return seen

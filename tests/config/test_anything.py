"""The configuration file: whatever is written there is read, or refused in one line without a secret."""

from __future__ import annotations

from pathlib import Path

import yaml
from hypothesis import given
from hypothesis import strategies as st

from chameleon_migrations.config.settings import load
from chameleon_migrations.errors import UserError
from tests.support.written_config import (
    EXAMPLE,
    QUICK,
    REQUIRED,
    SECRET,
    example,
    line_of_refusal,
    node,
    says_the_same,
    write,
)


def read_or_refused(file: Path, content: bytes) -> None:
    """Assert that `content` is read as PyYAML reads it, or refused in one line without a secret."""
    try:
        read = load(write(file, content))
    except UserError:
        line_of_refusal(file)
    else:
        assert says_the_same(read, yaml.load(content, Loader=yaml.BaseLoader))


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


@QUICK
@given(data=st.data())
def test_whatever_happens_to_the_bytes_is_read_or_refused(file: Path, data: st.DataObject) -> None:
    """Bytes lost, doubled or replaced by what means something to YAML."""
    content = EXAMPLE.encode()
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(start + 30, len(content))))
        put = data.draw(st.sampled_from(SIGNS) | st.binary(max_size=3) | st.just(content[start:end] * 2))
        content = content[:start] + put + content[end:]
    read_or_refused(file, content)


PLACES = [*REQUIRED, ("sources", "mysql"), ("sources", "mysql", "schema_mappings", "my_schema_01")]
# A key is shown, being a name: the secret is among the values only.
KEYS = st.none() | st.booleans() | st.integers() | st.floats() | st.dates() | st.text(max_size=5)
VALUES = st.recursive(
    KEYS | st.just(SECRET),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=4,
)


@QUICK
@given(
    place=st.sampled_from(PLACES),
    value=VALUES | st.sampled_from(PLACES).map(lambda place: node(example(), *place)),
)
def test_whatever_stands_in_a_place_is_read_or_refused(
    file: Path, place: tuple[str, ...], value: object
) -> None:
    """Any value, a wrong one or one from elsewhere in the file, in any place."""
    tree = example()
    node(tree, *place[:-1])[place[-1]] = value
    read_or_refused(file, yaml.safe_dump(tree, allow_unicode=True).encode())

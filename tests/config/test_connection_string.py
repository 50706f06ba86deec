"""Values of `pg_conn`: read as libpq reads them from the string that pg_chameleon 2 makes of them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chameleon_migrations.config.connection_string import quoted, unquoted
from tests.support.written_config import QUICK, as_libpq_reads

VALUES = st.text(st.sampled_from("ab'\"\\ \t\n\v=%é ") | st.characters(exclude_characters="\0"), max_size=8)


@QUICK
@given(VALUES.filter(lambda value: value.isprintable() or value.isascii()))
@example("")
@example("'quoted'")
@example("a\\")
def test_what_is_quoted_is_read_by_libpq(value: str) -> None:
    """Any password arrives where it is written as `quoted` writes it, with libpq and with us."""
    assert as_libpq_reads(quoted(value)) == value
    assert unquoted(quoted(value)) == value


@QUICK
@given(VALUES.filter(lambda value: value.isprintable() or value.isascii()))
@example("'a b'")
@example("'a")
@example("a'b")
@example("a\\ b")
@example("'a' b")
@example("\\")
@example("a\\'")
@example(" a ")
def test_what_libpq_reads_we_read(written: str) -> None:
    """What libpq can read as one value is the same to us; anything else is taken literally."""
    found = as_libpq_reads(written)
    assert unquoted(written) == (written if found is None else found)


@pytest.mark.parametrize("value", ["plain", "p@ss:w/o?rd#%40&=", 'with"double', "ñ"])
def test_a_plain_value_stays_as_it_is(value: str) -> None:
    """Nobody is surprised by quotes that are not needed."""
    assert quoted(value) == value

"""A check: a query with a row for each finding, in a SQL file whose first lines say what it is for."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from chameleon_migrations.database.sql_files import sql
from chameleon_migrations.database.sql_text import literal
from chameleon_migrations.errors import UserError

_FIELDS = ("title", "failure", "remedy")


@dataclass(frozen=True)
class Check:
    """A precondition.

    Attributes:
        query: Its rows have one column, text: what was found; no row where the precondition holds.
        title: The precondition in two to six words, as in a list of ticks.
        needed: The precondition in a sentence: the first one of the file's comment.
        failure: What is wrong if there is any row.
        remedy: What to do then.
    """

    query: str
    title: str
    needed: str
    failure: str
    remedy: str

    def as_statement(self) -> str:
        """Return the check as a statement that raises what it finds, for a script."""
        return _RAISE.format(
            query=self.query.strip(), failure=literal(self.failure), remedy=literal(self.remedy)
        )

    def as_warning(self) -> str:
        """Return the check as a statement that prints a line for each finding and stops nothing, for a script."""
        return _WARN.format(
            query=self.query.strip(),
            failure=literal(f"{self.failure}: "),
            remedy=literal(f"; {self.remedy}"),
        )


def read_check(file: str) -> Check:
    """Return the check in `file` below a version location, such as ``common/checks/owner.sql``.

    The file begins with the comment lines ``-- title:``, ``-- failure:`` and ``-- remedy:``, each of which can go on in
    further comment lines, and after an empty comment line with the sentence that is `Check.needed`.

    Raises:
        UserError: One of the three is missing.
    """
    text = sql(file)
    comment = [
        line.removeprefix("--").strip()
        for line in itertools.takewhile(lambda line: line.startswith("--"), text.splitlines())
    ]
    head = list(itertools.takewhile(bool, comment))
    fields = _fields(head)
    if missing := [name for name in _FIELDS if name not in fields]:
        raise UserError(
            f"{file}: found no comment line '-- {missing[0]}:'; a check begins with one each for {', '.join(_FIELDS)}: add it"
        )
    sentence = " ".join(itertools.takewhile(bool, comment[len(head) + 1 :])).split(". ")[0].removesuffix(".")
    query = "\n".join(text.splitlines()[len(head) + 1 :])
    return Check(query, needed=sentence, **fields)


def _fields(lines: list[str]) -> dict[str, str]:
    """Return the fields of a check by name; a line that begins none goes on with the one before."""
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, text = line.partition(":")
        if colon and name in _FIELDS:
            fields[name] = text.strip()
        elif fields:
            fields[next(reversed(fields))] += f" {line}"
    return fields


_RAISE = """\
DO $check$
DECLARE
    findings text;
BEGIN
    PERFORM pg_stat_clear_snapshot();
    SELECT string_agg(finding, chr(10)) INTO findings
    FROM (
{query}
    ) AS found (finding);
    IF findings IS NOT NULL THEN
        RAISE EXCEPTION USING MESSAGE = {failure}, DETAIL = findings, HINT = {remedy};
    END IF;
END
$check$"""

_WARN = """\
DO $check$
DECLARE
    finding text;
BEGIN
    PERFORM pg_stat_clear_snapshot();
    FOR finding IN
{query}
    LOOP
        RAISE WARNING USING MESSAGE = {failure} || finding || {remedy};
    END LOOP;
END
$check$"""

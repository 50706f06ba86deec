"""What a comparison has found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from chameleon_migrations.errors import UserError

ONLY_IN_MYSQL, ONLY_IN_POSTGRES, DIFFERENT = "only_in_mysql", "only_in_postgres", "different"

Values = Mapping[str, str | None]
"""Column → its value as text."""


@dataclass(frozen=True)
class Difference:
    """A row that differs.

    Attributes:
        kind: `ONLY_IN_MYSQL`, `ONLY_IN_POSTGRES` or `DIFFERENT`.
        key: Its key.
        columns: The columns that differ, where both sides have the row.
        mysql: Their values, or all of a row that only MySQL has; none where values are not to be shown.
        postgres: Those of PostgreSQL.
    """

    kind: str
    key: Values
    columns: Sequence[str] = ()
    mysql: Values | None = None
    postgres: Values | None = None


@dataclass(frozen=True)
class NotCompared:
    """A column of which not every difference is found, and why."""

    column: str
    reason: str


@dataclass(frozen=True)
class TableResult:
    """What was found in a table.

    Attributes:
        table: Its schema and name in PostgreSQL.
        source: Its source.
        rows: How many rows were compared.
        only_in_mysql: How many are missing in PostgreSQL.
        only_in_postgres: How many are missing in MySQL.
        different: How many have another value.
        lossy: How many are equal only as pg_chameleon's copy changes a text.
        unsettled: How many changed all the time while they were compared.
        problems: What is wrong with the table as a whole.
        not_compared: The columns that are not compared.
        doubtful: The columns in which pg_chameleon writes one value for two.
        first: The first differences of each kind.
    """

    table: str
    source: str
    rows: int = 0
    only_in_mysql: int = 0
    only_in_postgres: int = 0
    different: int = 0
    lossy: int = 0
    unsettled: int = 0
    problems: Sequence[str] = ()
    not_compared: Sequence[NotCompared] = ()
    doubtful: Sequence[NotCompared] = ()
    first: Sequence[Difference] = ()

    @property
    def differences(self) -> int:
        """How many rows differ."""
        return self.only_in_mysql + self.only_in_postgres + self.different

    @property
    def equal(self) -> bool:
        """Whether the table was compared, and nothing differs."""
        return not (self.differences or self.unsettled or self.problems)


@dataclass(frozen=True)
class Lag:
    """A replica that has not applied all that MySQL has written; positions are written ``file:offset``."""

    source: str
    applied: str | None
    mysql: str | None


@dataclass(frozen=True)
class Verification:
    """What was found in all tables."""

    made: datetime
    """When it began, in UTC."""
    lag: Sequence[Lag]
    tables: Sequence[TableResult]
    sample: float | None
    """How many percent of the rows were compared; None for all."""

    @property
    def equal(self) -> bool:
        """Whether every table is equal."""
        return all(table.equal for table in self.tables)

    def as_json(self) -> dict[str, Any]:
        """Return all of it in the types of JSON."""
        tables = [
            {"equal": table.equal, "differences": table.differences, **asdict(table)} for table in self.tables
        ]
        lag = [asdict(source) for source in self.lag]
        return {
            "equal": self.equal,
            "made": self.made.isoformat(),
            "sample": self.sample,
            "lag": lag,
            "tables": tables,
        }


def from_file(path: Path) -> Verification:
    """Read what ``verify --json`` has printed into the file at `path`.

    Raises:
        UserError: The file is not there, or holds something else.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return Verification(
            datetime.fromisoformat(content["made"]),
            [Lag(**source) for source in content["lag"]],
            [_table(table) for table in content["tables"]],
            content["sample"],
        )
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}; expected the output of 'verify --json'") from None
    except (ValueError, LookupError, TypeError, AttributeError):
        raise UserError(
            f"{path}: found something else than the output of 'verify --json'; give it that file"
        ) from None


def _table(content: Mapping[str, Any]) -> TableResult:
    counted = {key: value for key, value in content.items() if key not in ("equal", "differences")}
    for key, kind in (("not_compared", NotCompared), ("doubtful", NotCompared), ("first", Difference)):
        counted[key] = [kind(**part) for part in content[key]]
    return TableResult(**counted)

"""Each rule of positions, broken on purpose, is seen: the bed would tell if the upgrade got it wrong.

The catalogue is upgraded right, and then changed to what an upgrade without the rule would have left.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from devtools.clients.mariadb import MySQL
from tests.support.clients import states
from tests.support.clients.bed import FIRST, SECOND, Bed
from tests.support.clients.tables import SMALL

pytestmark = [pytest.mark.clients, pytest.mark.slow]

TABLE = SMALL[0].name
NEW_ROWS = range(10**8, 10**8 + 4)


def stopped_on_an_insert(bed: Bed) -> None:
    """The first source has read up to the last but one of four inserts, the second not even the first."""
    for source in (SECOND, FIRST):
        states.register(bed, source)
    for identifier in NEW_ROWS:
        bed.old.read(FIRST, at_most=1)
        insert(bed.mysql, identifier)


def synced_alone(bed: Bed) -> None:
    """One table of the first source was copied on its own after four inserts that the source has not read."""
    for source in (SECOND, FIRST):
        states.register(bed, source)
    for identifier in NEW_ROWS:
        insert(bed.mysql, identifier)
    bed.old.sync_table(FIRST, TABLE)


def insert(mysql: MySQL, identifier: int) -> None:
    mysql.execute(f"INSERT INTO `{FIRST.mysql_schema}`.{TABLE} (id) VALUES ({identifier})")


def ends_of_inserts(mysql: MySQL) -> list[int]:
    """Return the offset behind each of the four inserts, which are the last in the binlog."""
    events = mysql.rows(f"SHOW BINLOG EVENTS IN '{mysql.position()[0]}'")
    return [end for _, _, kind, _, end, _ in events if kind.startswith("Write_rows")][-len(NEW_ROWS) :]


def nothing(_: Bed) -> None:
    """Leave it as the upgrade left it."""


def tables_at_the_plain_position(bed: Bed) -> None:
    """Apply events that end at the stored position, which is where the last applied one ended."""
    bed.execute("UPDATE sch_chameleon.t_replica_tables SET i_binlog_position = i_binlog_position - 1")


def one_event_too_early(bed: Bed) -> None:
    """Go on from where the source was an event before."""
    *_, before_last, _, _ = ends_of_inserts(bed.mysql)
    statement = (
        "UPDATE sch_chameleon.t_replica_tables SET i_binlog_position = %s + 1 WHERE v_schema_name = %s"
    )
    bed.execute(statement, (before_last, FIRST.destination))


def one_event_too_late(bed: Bed) -> None:
    """Go on behind the first event that was not read."""
    *_, last = ends_of_inserts(bed.mysql)
    bed.execute("UPDATE sch_chameleon.t_replica_batch SET i_binlog_position = %s", (last,))


def without_a_position_of_its_own(bed: Bed) -> None:
    """Give the table that was copied on its own the position of its source."""
    bed.execute(
        """UPDATE sch_chameleon.t_replica_tables mine
           SET t_binlog_name = other.t_binlog_name, i_binlog_position = other.i_binlog_position
           FROM sch_chameleon.t_replica_tables other
           WHERE mine.v_table_name = %s AND other.v_table_name = 'beat' AND other.v_schema_name = mine.v_schema_name""",
        (TABLE,),
    )


@pytest.mark.parametrize(
    ("state", "broken", "seen"),
    [
        (stopped_on_an_insert, nothing, False),
        (stopped_on_an_insert, tables_at_the_plain_position, True),
        (stopped_on_an_insert, one_event_too_early, True),
        (stopped_on_an_insert, one_event_too_late, True),
        (synced_alone, nothing, False),
        (synced_alone, without_a_position_of_its_own, True),
    ],
)
def test_a_broken_rule_is_seen(
    bed: Bed, state: states.State, broken: Callable[[Bed], None], *, seen: bool
) -> None:
    """2.0.21 loses or doubles a row, or drops its table, as soon as a position is not what the rule says."""
    state(bed)
    bed.alembic.must("upgrade", "head")
    broken(bed)
    bed.go_on_with_2_0()
    assert bool(bed.complaints() or bed.differences()) is seen

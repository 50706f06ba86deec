"""Replicated tables and the pending events of them, made by PostgreSQL itself so that a million take seconds.

No event fails: the oracle stops at the first error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from devtools.batches import SCHEMA, Replica, quoted

BATCH = 10_000
"""The events of a batch: ``replica_batch_size`` and ``replay_max_rows`` of pg_chameleon's own configuration."""

_IMAGES = {"1.7": "jsb_event_data, jsb_event_update", "2.0.10": "jsb_event_after, jsb_event_before"}

_NARROW = {
    "customer": ("integer", "mod(key, 1000)"),
    "status": ("varchar(20)", "'state ' || mod(seed, 7)"),
    "amount": ("numeric(10,2)", "(mod(seed, 99999) / 100.0)::text"),
    "created": (
        "timestamp",
        "to_char('2026-01-01'::timestamp + seed * interval '1 s', 'YYYY-MM-DD HH24:MI:SS')",
    ),
}
_USUAL = {
    **_NARROW,
    "quantity": ("smallint", "mod(seed, 100)"),
    "currency": ("char(3)", "CASE mod(seed, 2) WHEN 0 THEN 'EUR' ELSE 'GBP' END"),
    "discount": ("numeric(5,3)", "(mod(seed, 1000) / 1000.0)::text"),
    "paid": ("boolean", "mod(seed, 2) = 1"),
    "due": ("date", "to_char('2026-01-01'::date + mod(seed, 365)::integer, 'YYYY-MM-DD')"),
    "note": ("text", "md5(seed::text)"),
    "comment": ("text", "NULL::text"),
}
_WIDE = {**_USUAL, **{f"c{n}": ("text", f"md5((seed + {n})::text)") for n in range(50)}}

_TABLES_AT_ONCE = 1000

Columns = dict[str, tuple[str, str]]
"""Name of a column to its type, and its value as an expression of ``seed``, as pg_chameleon writes it into JSON."""


@dataclass(frozen=True)
class Kind:
    """What happens to a table.

    Attributes:
        keys: How many keys there are, an expression of ``n``, the number of the table's events.
        key: The key of event ``i``, counted from 0; ``x`` is a number from 0 to below 1, as good as random.
        stored: Whether ``key`` is in the table at first.
        turns: What happens to a key in turn, from the first for one that is not stored, from the second for others.
    """

    keys: str
    key: str
    stored: str
    turns: Sequence[str]


INSERTS = Kind("n", "i + 1", "false", ("insert",))
UPDATES = Kind(
    "n / 10 + 1", "CASE mod(i, 10) WHEN 0 THEN 1 ELSE floor(x * keys) + 1 END", "true", ("update",)
)
DELETES = Kind("n", "i + 1", "mod(key, 5) <> 0", ("insert", "delete"))
EVEN = Kind("n / 5 + 1", "floor(x * keys) + 1", "mod(key, 2) = 0", ("insert", "update", "update", "delete"))
# Four fifths of the events are of a fifth of the keys.
MIXED = replace(EVEN, key="floor(power(x, 7.2) * keys) + 1")
# The same table, however much is pending.
STEADY = replace(MIXED, keys="40000")


@dataclass(frozen=True)
class Load:
    """Pending events.

    Attributes:
        name: What the figures are called by.
        events: How many there are.
        kind: What they do.
        tables: How many tables they are spread over, in turn.
        batch: How many events make a batch.
        columns: The columns besides the key.
        indexes: Indexes besides the primary key, each by what follows ``ON table``, a unique one after ``UNIQUE:``.
        more: What each table gets besides once its rows are there; ``{table}`` stands for its name.
        unregistered: Whether each batch has an event of a table that is not registered.
        ddl: A DDL statement that each batch ends with; ``{table}`` stands for the first table, ``{n}`` for a number.
        floor: Whether a statement written by hand could have the same outcome without the order of events.
    """

    name: str
    events: int = 200_000
    kind: Kind = MIXED
    tables: int = 1
    batch: int = BATCH
    columns: Columns = field(default_factory=lambda: _USUAL)
    indexes: Sequence[str] = ("(customer)",)
    more: Sequence[str] = ()
    unregistered: bool = False
    ddl: str = ""
    floor: bool = True

    def fill(self, replica: Replica) -> None:
        """Make the tables, their rows and the pending batches, in the empty catalogue of `replica`."""
        replica.run(self._table())
        for number in range(self.tables):
            if number:
                replica.run(f"CREATE TABLE {table(number)} (LIKE {table(0)} INCLUDING ALL)")
                replica.run(f"INSERT INTO {table(number)} SELECT * FROM {table(0)}")
            for statement in self.more:
                replica.run(statement.format(table=table(number)))
            replica.register(f"t_{number}", "id")
            if number % _TABLES_AT_ONCE == 0:
                # A transaction can hold no more than some thousand locks.
                replica.connection.commit()
        for statement in self._batches(replica.version):
            replica.run(statement)
        replica.connection.commit()
        # In a transaction it would hold the locks of all tables.
        with replica.connection.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("ANALYZE")

    def _table(self) -> str:
        """Return what makes the first table."""
        columns = ", ".join(f"{name} {kind}" for name, (kind, _) in self.columns.items())
        each = ", ".join(f"({value.replace('seed', 'key')})::{kind}" for kind, value in self.columns.values())
        indexes = "\n".join(
            f"CREATE {'UNIQUE ' if unique else ''}INDEX ON {table(0)} {expression};"
            for unique, expression in map(_parsed, self.indexes)
        )
        return f"""
            CREATE TABLE {table(0)} (id bigint PRIMARY KEY, {columns});
            {indexes}
            INSERT INTO {table(0)} SELECT key, {each}
            FROM (SELECT {self._events_each} AS n) AS sized, generate_series(1, ({self.kind.keys})) AS key
            WHERE {self.kind.stored}"""

    @property
    def _events_each(self) -> str:
        return f"{-(-self.events // self.tables)}::bigint"

    def _image(self, seed: str) -> str:
        pairs = [f"'{name}', {value.replace('seed', seed)}" for name, (_, value) in self.columns.items()]
        # No function takes more than 100 arguments.
        objects = [f"jsonb_build_object({', '.join(pairs[n : n + 40])})" for n in range(0, len(pairs), 40)]
        return f"(jsonb_build_object('id', key) || {' || '.join(objects)})"

    def _between(self, version: str) -> list[str]:
        """Return what puts an event of an unregistered table, or a DDL event, in the place of the last event of each batch.

        A number above those of all events makes room for it between two batches.
        """
        kinds = ["unregistered"] if self.unregistered else []
        kinds += ["ddl"] if self.ddl else []
        place = {"unregistered": 2, "ddl": 3}
        columns = "i_id_event, i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name, i_binlog_position"
        made = [
            f"UPDATE sch_chameleon.log_1 SET i_id_event = i_id_event * 10 - {10**9}",
            f"UPDATE sch_chameleon.log_1 SET i_id_event = i_id_event + {10**9}",
        ]
        for kind in kinds:
            table_name, event = ("unknown", "insert") if kind == "unregistered" else ("t_0", "ddl")
            query = (
                "NULL"
                if kind == "unregistered"
                else f"replace($ddl${self.ddl}$ddl$, '{{n}}', i_id_batch::text)"
            )
            made.append(f"""
                INSERT INTO sch_chameleon.log_1 ({columns}, t_query, {_IMAGES[version]})
                SELECT max(i_id_event) + {place[kind]}, i_id_batch, '{table_name}', '{SCHEMA}', '{event}',
                    'mysql-bin.000001', max(i_binlog_position), {query.replace("{table}", table(0))}, '{{"id": 1}}', NULL
                FROM sch_chameleon.log_1 GROUP BY i_id_batch""")
        return made if kinds else []

    def _batches(self, version: str) -> list[str]:
        new, new_value = ("", "") if version == "1.7" else (", v_log_table", ", 'log_1'")
        turns = "', '".join(self.kind.turns)
        return [
            f"""
            INSERT INTO sch_chameleon.t_replica_batch
                (i_id_source, ts_created, b_started, b_processed, t_binlog_name, i_binlog_position{new})
            SELECT 1, '2026-01-01'::timestamp + number * interval '1 s', true, true, 'mysql-bin.000001', number
                {new_value}
            FROM generate_series(1, {-(-self.events // self.batch)}) AS number ORDER BY number""",
            f"""
            INSERT INTO sch_chameleon.log_1 (i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name,
                i_binlog_position, i_my_event_time, {_IMAGES[version]})
            SELECT e / {self.batch} + 1, 't_' || e % {self.tables}, '{SCHEMA}', event::sch_chameleon.en_binlog_event,
                'mysql-bin.000001', 100 + e, 1767225600 + e, {self._image("e")},
                CASE event WHEN 'update' THEN {self._image("(e + 500)")} END
            FROM (
                SELECT e, key, (ARRAY['{turns}'])[mod(row_number() OVER (PARTITION BY e % {self.tables}, key ORDER BY e) - 1
                    + ({self.kind.stored})::integer, {len(self.kind.turns)}) + 1] AS event
                FROM (
                    SELECT e, ({self.kind.key})::bigint AS key
                    FROM (
                        SELECT e, i, {self.kind.keys} AS keys,
                            ('x' || left(md5(i::text), 8))::bit(32)::bigint / 4294967296.0::float AS x
                        FROM (
                            SELECT e, e / {self.tables} AS i, {self._events_each} AS n
                            FROM generate_series(0, {self.events - 1}::bigint) AS e
                        ) numbered
                    ) sized
                ) keyed ORDER BY e
            ) made""",
            *self._between(version),
            """
            INSERT INTO sch_chameleon.t_batch_events (i_id_batch, i_id_event)
            SELECT i_id_batch, array_agg(i_id_event ORDER BY i_id_event) FROM sch_chameleon.log_1 GROUP BY i_id_batch""",
        ]


def _parsed(index: str) -> tuple[bool, str]:
    return index.startswith("UNIQUE:"), index.removeprefix("UNIQUE:")


def table(number: int) -> str:
    """Return the name of a load's table, as an SQL identifier."""
    return f"{quoted(SCHEMA)}.{quoted(f't_{number}')}"


LOADS = (
    Load("mixed", 10_000, STEADY),
    Load("mixed", 200_000, STEADY),
    Load("mixed", 1_000_000, STEADY),
    Load("mixed, keys as many as events allow", 1_000_000),
    Load("mixed, one batch", batch=1_000_000),
    Load("mixed", tables=50),
    Load("mixed", tables=1000),
    Load("insert only", kind=INSERTS),
    Load("update heavy, a hot row", kind=UPDATES),
    Load("delete heavy", kind=DELETES),
    Load("mixed, 5 columns", columns=_NARROW),
    Load("mixed, 62 columns", 50_000, columns=_WIDE),
    Load("mixed, keys spread evenly", kind=EVEN),
    Load("mixed, primary key alone", indexes=()),
    Load("mixed, a unique index more", indexes=("(customer)", "UNIQUE:(created, note, id)")),
)
"""What both sides replay."""

_CUSTOMERS = (
    "CREATE TABLE IF NOT EXISTS customers (id integer PRIMARY KEY)",
    "INSERT INTO customers SELECT generate_series(0, 1000) ON CONFLICT DO NOTHING",
    "ALTER TABLE {table} ADD FOREIGN KEY (customer) REFERENCES customers",
)
_AUDIT = (
    "CREATE TABLE public.audit (at timestamptz, kind text, id bigint)",
    "CREATE FUNCTION public.note() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN"
    " INSERT INTO public.audit VALUES (now(), TG_OP, coalesce(NEW.id, OLD.id)); RETURN NULL; END$$",
    "CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE PROCEDURE public.note()",
)

EVERYDAY = (
    Load("one table, four events a key"),
    Load("one table, inserts only", kind=INSERTS),
    Load("200 tables, inserts only", kind=INSERTS, tables=200),
    Load("one event of an unregistered table in each batch", kind=INSERTS, unregistered=True),
    Load(
        "a DDL event in each batch", kind=INSERTS, ddl="ALTER TABLE {table} ALTER status TYPE varchar(10{n})"
    ),
    Load("50 tables, evenly", tables=50),
    Load("1,000 tables, evenly", tables=1000),
    Load(
        "50 tables, a DDL event of one and an unregistered event in each batch",
        tables=50,
        unregistered=True,
        ddl="ALTER TABLE {table} ALTER status TYPE varchar(10{n})",
    ),
    Load("a foreign key to a table without events", more=_CUSTOMERS),
    Load("an audit trigger on the table", more=_AUDIT, floor=False),
)
"""The kinds of logs that are met with, beside a statement that is written by hand."""

GROWTH = tuple(Load("mixed", events) for events in (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000))
"""The same log, longer and longer, with keys in proportion."""

SMALL = tuple(
    Load(f"{events} events a batch", 200 * events, tables=tables, batch=events)
    for events in (1, 10, 100)
    for tables in (1, 10, 50)
)
"""Batches as a replica that keeps up has them."""

"""Logs that a careless fold would get wrong, by what is in its way."""

from __future__ import annotations

from devtools.batches import SCHEMA, Event, Image, ddl, quoted
from devtools.replay_sides import Batch, Log

_ROW: Image = {"id": 1, "u": 1, "v": "v"}
_HERE = quoted(SCHEMA)


def added(table: str = "t", **values: object) -> Event:
    """Return the insert of the row 1 with `values`."""
    return Event(table, "insert", _ROW | values)


def changed(key: object = 1, table: str = "t", **values: object) -> Event:
    """Return the update of the row `key` to the row 1 with `values`."""
    return Event(table, "update", _ROW | values, _ROW | {"id": key})


def gone(key: object = 1, table: str = "t", **values: object) -> Event:
    """Return the delete of the row `key`."""
    return Event(table, "delete", _ROW | {"id": key} | values)


def partial(**values: object) -> Event:
    """Return the update of the row 1 with an image of nothing but `values`."""
    return Event("t", "update", values, _ROW)


def log(
    *events: Event,
    setup: str = "",
    columns: str = "id integer PRIMARY KEY, u integer, v text",
    key: str = "id",
) -> Log:
    """Return a log of `events` on the tables t, with `key`, and s, both with `columns`, after the statements in `setup`."""
    tables = [f"CREATE TABLE {table} ({columns})" for table in ("t", "s")]
    keys = {"t": [key], "s": ["id"]}
    return Log([*tables, *filter(None, setup.split(";;"))], {1: keys}, [Batch(1, events)], ["audit", "r"])


def where_known(statement: str, otherwise: str) -> str:
    """Return a statement that runs `statement` where PostgreSQL is new enough for it, else `otherwise`."""
    return f"DO $$ BEGIN EXECUTE $q${statement}$q$; EXCEPTION WHEN syntax_error THEN {otherwise}; END $$"


_STORED = "INSERT INTO t SELECT n, n, 'stored' FROM generate_series(1, 9) AS n;;"

KEYS = {
    "an insert of a stored key": log(added(v="other"), setup=_STORED),
    "an insert and a delete of a stored key": log(added(), gone(), setup=_STORED),
    "an insert of an inserted key": log(added(), added(v="other")),
    "a delete of a key that is not stored": log(gone(), added()),
    "a delete of a deleted key": log(added(), gone(), gone(), added(v="again")),
    "an update of a key that is not stored": log(changed(v="new")),
    "an update of a deleted key": log(gone(), changed(v="new"), setup=_STORED),
    "an update of a key that came and went": log(added(), gone(), changed(v="new")),
    "a key that moves to a stored one": log(changed(1, id=2), gone(2), setup=_STORED),
    "a key that moves to a freed one": log(gone(2), changed(1, id=2), added(v="new"), setup=_STORED),
    "keys that are swapped": log(changed(1, id=99), changed(2), changed(99, id=2), setup=_STORED),
    "a key too many that makes up for a missing one": log(changed(10), added(id=2), gone(2), setup=_STORED),
    "a NULL in place of the key": log(gone(None), changed(None, v="new"), setup=_STORED),
    "a NULL as the new key": log(changed(1, id=None), changed(1, v="new"), setup=_STORED),
    "two ways to write a key": log(changed(1, id="01", v="new"), added(id="10"), gone(10), setup=_STORED),
    "a stored key that is inserted in another spelling, and deleted": log(
        added(id="01"), gone(1), setup=_STORED
    ),
    "a stored key that is inserted, and deleted in another spelling": log(added(), gone("01"), setup=_STORED),
    "a stored key that is inserted with a blank too many, and deleted": log(
        added(id="ab "),
        gone("ab"),
        setup="INSERT INTO t VALUES ('ab')",
        columns="id varchar(2) PRIMARY KEY, u integer, v text",
    ),
    "a stored key that is inserted, and deleted with more digits": log(
        added(id="1.0"), gone("1.00"), setup=_STORED, columns="id numeric(4,1) PRIMARY KEY, u integer, v text"
    ),
    "a key that is compared unrounded": log(
        added(id="1.06"),
        changed("1.06", id="1.1", v="new"),
        columns="id numeric(4,1) PRIMARY KEY, u integer, v text",
    ),
    "a key that is compared uncut": log(
        added(id="ab"),
        changed("abc", id="ab", v="new"),
        gone("ab "),
        setup="CREATE DOMAIN short AS varchar(2);;ALTER TABLE t ALTER id TYPE short",
        columns="id varchar(2) PRIMARY KEY, u integer, v text",
    ),
    "another primary key than the registered one": log(
        added(),
        changed(1, v="both"),
        setup=f"ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, v);;{_STORED}",
    ),
    "no primary key": log(
        added(), added(), changed(v="both"), gone(2), columns="id integer, u integer, v text"
    ),
}

IMAGES = {
    "a column that an update lacks": log(added(), partial(id=1, v="new"), added(id=2)),
    "a column that an insert lacks": log(
        Event("t", "insert", {"id": 1, "v": "v"}), setup="ALTER TABLE t ALTER u SET DEFAULT 7"
    ),
    "a column too many": log(added(), changed(w=1), changed()),
    "a column in place of another": log(added(), partial(id=1, u=1, w=1), changed()),
    "a replaced value that cannot be read": log(added(u="x"), changed()),
    "a deleted value that cannot be read": log(added(), gone(u="x"), added(v="again")),
    "a replaced NULL that may not be": log(
        added(v=None), changed(), setup="ALTER TABLE t ALTER v SET NOT NULL"
    ),
    "a replaced text that is too long": log(
        added(v="abcd"), changed(v="abc"), setup="ALTER TABLE t ALTER v TYPE varchar(3)"
    ),
    "blanks that are cut": log(added(v="abc  "), setup="ALTER TABLE t ALTER v TYPE varchar(3)"),
    "a document written as text": log(
        added(v='{"a": 1}'),
        added(id=2, v={"a": [1]}),
        changed(v="[1]"),
        setup="ALTER TABLE t ALTER v TYPE jsonb USING NULL",
    ),
    "a text that is no document": log(
        added(v="text"), changed(v="{}"), setup="ALTER TABLE t ALTER v TYPE json USING NULL"
    ),
    "a NULL in place of a document": log(
        added(v=None), changed(v={}), setup="ALTER TABLE t ALTER v TYPE json USING NULL, ALTER v SET NOT NULL"
    ),
    "a JSON array for an array": log(
        added(v=[1, 2]), changed(v="{3}"), setup="ALTER TABLE t ALTER v TYPE integer[] USING NULL"
    ),
    "a JSON object for a row": log(
        added(v={"a": 1}), setup="CREATE TYPE one AS (a integer);;ALTER TABLE t ALTER v TYPE one USING NULL"
    ),
    "a replaced row that is too big": log(
        Event("t", "insert", {"id": 1} | {f"c{n}": "seventeen letters" for n in range(500)}),
        Event("t", "update", {"id": 1} | {f"c{n}": None for n in range(500)}, {"id": 1}),
        columns=", ".join(["id integer PRIMARY KEY", *(f"c{n} text" for n in range(500))]),
    ),
    "columns called like what the fold calls its own": log(
        *(
            Event(
                "t",
                kind,
                {"id": 1} | dict.fromkeys(("image", "started", "has", "key_1", "after"), number),
                {"id": 1},
            )
            for number, kind in enumerate(("insert", "update", "delete", "insert"))
        ),
        columns="id integer PRIMARY KEY, image integer UNIQUE, started text, has text, key_1 text, after text",
    ),
    "a table of its key alone": log(
        Event("t", "insert", {"id": 1}),
        Event("t", "update", {"id": 2}, {"id": 1}),
        Event("t", "insert", {"id": 1}),
        columns="id integer PRIMARY KEY",
    ),
}

_UNIQUE = "CREATE UNIQUE INDEX ON t (u);;"

INDEXES = {
    "a unique value that passes on": log(
        gone(1), added(id=10), changed(2, id=2, u=10), setup=_STORED + _UNIQUE
    ),
    "a stored unique value that is taken": log(added(id=10), gone(10), setup=_STORED + _UNIQUE),
    "a unique value that two hold for a while": log(
        added(), added(id=2), changed(2, id=2, u=2), setup=_UNIQUE
    ),
    "unique values that are swapped": log(
        changed(1, u=99), changed(2, id=2, u=1), changed(1, u=2), setup=_STORED + _UNIQUE
    ),
    "a unique pair": log(
        added(),
        added(id=2, v="w"),
        changed(2, id=2),
        changed(2, id=2, u=2),
        setup="CREATE UNIQUE INDEX ON t (v, u)",
    ),
    "NULLs in a unique column": log(
        added(u=None), added(id=2, u=None), changed(u=None, v="new"), setup=_UNIQUE
    ),
    "unique where": log(
        added(), added(id=2), changed(2, id=2, u=0), setup="CREATE UNIQUE INDEX ON t (u) WHERE u > 0"
    ),
    "unique by an expression": log(
        added(), added(id=2, v="V"), changed(2, id=2, v="w"), setup="CREATE UNIQUE INDEX ON t (lower(v))"
    ),
    "unique with a column that is only included": log(
        added(),
        added(id=2, v="w"),
        changed(2, id=2, u=2),
        setup=where_known("CREATE UNIQUE INDEX ON t (u) INCLUDE (v)", "CREATE UNIQUE INDEX ON t (u)"),
    ),
    "unique to the NULL": log(
        added(u=None),
        added(id=2, u=None),
        changed(2, id=2, u=2),
        setup=where_known(
            "CREATE UNIQUE INDEX ON t (u) NULLS NOT DISTINCT", "CREATE UNIQUE INDEX ON t (coalesce(u, 0))"
        ),
    ),
    "unique at the end": log(
        added(),
        added(id=2),
        changed(2, id=2, u=2),
        setup="ALTER TABLE t ADD UNIQUE (u) DEFERRABLE INITIALLY DEFERRED",
    ),
    "an exclusion": log(
        added(), added(id=2), changed(2, id=2, u=2), setup="ALTER TABLE t ADD EXCLUDE USING btree (u WITH =)"
    ),
    "a replaced value too long for an index": log(
        added(v="".join(map(str, range(3000)))), changed(), setup="CREATE INDEX ON t (v)"
    ),
    "an expression that fails": log(added(u=0), changed(u=1), setup="CREATE INDEX ON t ((1 / u))"),
}

_READS_ANOTHER_TABLE = (
    "CREATE TABLE audit (n serial, v text);;"
    f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO {_HERE}.audit (v)"
    f" SELECT count(*) FROM {_HERE}.s; RETURN NEW; END $$;;"
    "CREATE TRIGGER note AFTER INSERT OR UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE note()"
)

REACH = {
    "a check": log(added(u=-1), changed(u=1), setup="ALTER TABLE t ADD CHECK (u > 0)"),
    "a domain's check": log(
        added(u=-1),
        changed(u=1),
        setup="CREATE DOMAIN positive AS integer CHECK (VALUE > 0);;ALTER TABLE t ALTER u TYPE positive",
    ),
    "a generated column": log(
        added(), setup=where_known("ALTER TABLE t ADD w integer GENERATED ALWAYS AS (u + 1) STORED", "NULL")
    ),
    "an identity": log(added(), setup="ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY"),
    "a trigger that reads another table": log(
        added(), added("s"), changed(u=2), gone(1, "s"), setup=_READS_ANOTHER_TABLE
    ),
    "the same, on a table whose registered key is gone": log(
        added("s"), added(), setup=_READS_ANOTHER_TABLE, key="gone"
    ),
    "a rule": log(
        added(), added(u=2, id=2), gone(2), setup="CREATE RULE keep AS ON DELETE TO t DO INSTEAD NOTHING"
    ),
    "a policy": log(
        added(u=-1),
        changed(u=1),
        setup="ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;;CREATE POLICY positive ON t USING (u > 0)",
    ),
    "a foreign key that cascades": log(
        added("s"),
        added(),
        gone(1, "s"),
        added("s"),
        setup="ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES s ON DELETE CASCADE",
    ),
    "a foreign key without its row": log(
        added(), added("s"), setup="ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES s"
    ),
    "a foreign key that reaches a trigger elsewhere": log(
        added("s"),
        added(),
        gone(1, "s"),
        gone(),
        setup="CREATE TABLE r (id integer PRIMARY KEY, s integer);;INSERT INTO r VALUES (1, 1);;"
        "CREATE TABLE audit (n serial, v text);;DELETE FROM s;;INSERT INTO s VALUES (2, 2, 'v');;UPDATE r SET s = 2;;"
        "ALTER TABLE r ADD FOREIGN KEY (s) REFERENCES s ON DELETE CASCADE;;"
        f"CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO {_HERE}.audit (v)"
        f" SELECT count(*) FROM {_HERE}.t; RETURN NULL; END $$;;"
        "CREATE TRIGGER note AFTER DELETE ON r FOR EACH ROW EXECUTE PROCEDURE note()",
    ),
    "inheritance": log(
        added("s"),
        changed(v="by the parent"),
        changed(1, "s", v="by the child"),
        changed(v="by the parent again"),
        setup="ALTER TABLE s INHERIT t",
    ),
    "a partition's bounds": log(
        added(u=11),
        changed(u=1),
        setup="DROP TABLE t;;CREATE TABLE all_of_t (id integer, u integer, v text) PARTITION BY RANGE (u);;"
        "CREATE TABLE t PARTITION OF all_of_t FOR VALUES FROM (0) TO (9);;ALTER TABLE t ADD PRIMARY KEY (id)",
    ),
    "a partitioned table": log(
        added(),
        changed(u=2),
        changed(u=11),
        setup="DROP TABLE t;;CREATE TABLE t (id integer, u integer, v text) PARTITION BY RANGE (u);;"
        "CREATE TABLE part_of_t PARTITION OF t FOR VALUES FROM (0) TO (9)",
    ),
    "a view": log(
        added(),
        changed(v="new"),
        added("s"),
        setup="DROP TABLE t;;CREATE VIEW t AS SELECT id, u, v || '!' AS w, v FROM s",
    ),
    "a publication of a table without identity": log(
        added(),
        changed(v="new"),
        setup="ALTER TABLE t REPLICA IDENTITY NOTHING;;CREATE PUBLICATION p FOR TABLE t",
    ),
}

_REFERRED = "CREATE TABLE r (id integer PRIMARY KEY, v text, UNIQUE (id, v));;INSERT INTO r VALUES (1, 'v'), (2, 'v');;"
_TO_R = f"{_REFERRED}ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r"
_REFERS = (
    "INSERT INTO t VALUES (1, 1, 'v'), (2, 2, 'v');;"
    "CREATE TABLE r (id integer DEFAULT 2 REFERENCES t {});;INSERT INTO r VALUES (1)"
)

REFERENCES = {
    "a foreign key to a table without events": log(
        added(), changed(u=2), added(id=2, u=None), changed(2, id=2), gone(1), setup=_TO_R
    ),
    "a replaced value without its row": log(added(u=9), changed(u=1), setup=_TO_R),
    "a replaced value whose row is in a child table": log(
        added(u=9),
        changed(u=1),
        setup=f"{_TO_R};;CREATE TABLE child () INHERITS (r);;INSERT INTO child VALUES (9, 'v')",
    ),
    "a deleted value without its row": log(added(u=9), gone(), setup=_TO_R),
    "a value without its row that stays": log(
        changed(u=9, v="w"),
        setup=f"{_REFERRED}INSERT INTO t VALUES (1, 9, 'v');;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r NOT VALID",
    ),
    "a deferred foreign key": log(added(u=9), changed(u=1), setup=f"{_TO_R} DEFERRABLE INITIALLY DEFERRED"),
    "a deferrable foreign key": log(added(u=9), changed(u=1), setup=f"{_TO_R} DEFERRABLE"),
    "a pair with a NULL": log(
        added(v="none"),
        changed(v=None),
        changed(u=2),
        setup=f"{_REFERRED}ALTER TABLE t ADD FOREIGN KEY (u, v) REFERENCES r (id, v)",
    ),
    "a pair with a NULL alone": log(
        added(v=None),
        changed(),
        setup=f"{_REFERRED}ALTER TABLE t ADD FOREIGN KEY (u, v) REFERENCES r (id, v) MATCH FULL",
    ),
    "a foreign key to itself": log(
        added(id=2, u=1), added(u=None), changed(u=2), setup="ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES t"
    ),
    "a foreign key to a table with a column called image": log(
        added(u=9), changed(u=1), added(id=2), setup=f"{_TO_R};;ALTER TABLE r ADD image integer"
    ),
    "a row referred to that a cascade deletes": log(
        gone(1, "s"),
        added(),
        changed(u=None),
        setup="INSERT INTO s VALUES (1, 1, 'v');;CREATE TABLE r (id integer PRIMARY KEY REFERENCES s ON DELETE CASCADE);;"
        "INSERT INTO r VALUES (1);;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r",
    ),
    "a row referred to that a cascade moves": log(
        added(u=5),
        changed(u=None),
        changed(1, "s", id=5),
        setup="INSERT INTO s VALUES (1, 1, 'v');;ALTER TABLE s ADD CHECK (u > 0);;"
        "CREATE TABLE r (id integer PRIMARY KEY REFERENCES s ON UPDATE CASCADE);;"
        "INSERT INTO r VALUES (1);;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r",
    ),
    "a row that is referred to for a while, when a cascade moves it": log(
        added(u=1),
        changed(1, "s", id=5),
        gone(),
        setup="INSERT INTO s VALUES (1, 1, 'v');;CREATE TABLE r (id integer PRIMARY KEY REFERENCES s ON UPDATE CASCADE);;"
        "INSERT INTO r VALUES (1);;ALTER TABLE t ADD FOREIGN KEY (u) REFERENCES r",
    ),
    "both tables of a foreign key, the rows too late": log(
        added("s"), added(), changed(u=2), setup="ALTER TABLE s ADD FOREIGN KEY (u) REFERENCES t"
    ),
    "both tables of a foreign key": log(
        added(),
        added("s"),
        changed(u=2),
        gone(1, "s"),
        setup="ALTER TABLE s ADD FOREIGN KEY (u) REFERENCES t",
    ),
    "both tables of a foreign key, a key that moves too early": log(
        changed(1, id=5),
        changed(1, "s", u=2),
        setup="INSERT INTO t VALUES (1, 1, 'v'), (2, 2, 'v');;INSERT INTO s VALUES (1, 1, 'v');;"
        "ALTER TABLE s ADD FOREIGN KEY (u) REFERENCES t",
    ),
    "a table that is referred to and only grows": log(
        changed(u=2), added(id=3), changed(3, id=3, v="w"), setup=_REFERS.format("ON DELETE CASCADE")
    ),
    "a table that is referred to by another column": log(
        changed(u=3, v="w"),
        changed(u=1),
        setup="ALTER TABLE t ADD UNIQUE (u);;INSERT INTO t VALUES (1, 1, 'v');;"
        "CREATE TABLE r (id integer REFERENCES t (u) ON UPDATE SET NULL);;INSERT INTO r VALUES (1)",
    ),
    **{
        f"{name} {action}": log(*events, setup=_REFERS.format(f"{on} {action}"))
        for on, name, events in (
            ("ON DELETE", "a row that is back, ON DELETE", (changed(v="w"), gone(), added())),
            ("ON UPDATE", "a key that is back, ON UPDATE", (changed(1, id=5), changed(5), changed(v="w"))),
        )
        for action in ("NO ACTION", "RESTRICT", "CASCADE", "SET NULL", "SET DEFAULT")
    },
}

_LONG = "n" * 63
_COLUMNS = "id integer PRIMARY KEY, u integer, v text"
NAMES = {
    "two names that PostgreSQL cuts to one": Log(
        [
            f"CREATE TABLE {_LONG} ({_COLUMNS})",
            f"INSERT INTO {_LONG} VALUES (1, 1, 'stored'), (2, 2, 'stored')",
        ],
        {1: {f"{_LONG}a": ["id"], f"{_LONG}b": ["id"]}},
        [
            Batch(
                1,
                [changed(1, f"{_LONG}b", v="first"), changed(1, f"{_LONG}a", v="then"), gone(2, f"{_LONG}b")],
            )
        ],
    ),
    "a table that is called like a temporary one": Log(
        [f"CREATE TABLE {name} ({_COLUMNS})" for name in ("chameleon_states", "t", "s")],
        {1: {"chameleon_states": ["id"], "t": ["id"], "s": ["id"]}},
        [
            Batch(
                1,
                [
                    added("chameleon_states"),
                    added(),
                    added("s"),
                    ddl("chameleon_states", 'ALTER TABLE "chameleon_states" ADD COLUMN w integer'),
                    changed(v="new"),
                ],
            )
        ],
    ),
}
BETWEEN = {
    "plain DDL of one table": log(
        added(),
        added("s"),
        ddl("t", 'ALTER TABLE "t" ADD COLUMN w integer'),
        changed(w=1),
        changed(1, "s", v="new"),
        ddl("t", 'ALTER TABLE "t" DROP COLUMN u CASCADE, ALTER COLUMN w SET DATA TYPE text USING w::text'),
        Event("t", "update", {"id": 1, "v": "w", "w": "x"}, {"id": 1}),
        gone(1, "s"),
    ),
    "plain DDL before an error": log(
        added(),
        ddl("t", "ALTER TABLE t ALTER v TYPE varchar(3)"),
        added("s"),
        changed(v="abc"),
        changed(v="abcd"),
        added("s", id=2),
    ),
    "plain DDL of a table that a view shows": log(
        added(),
        ddl("t", "ALTER TABLE t DROP COLUMN v CASCADE"),
        partial(id=1, u=2),
        setup="CREATE VIEW r AS SELECT v FROM t",
    ),
    "DDL that empties the other table": log(
        added(), added("s"), ddl("t", "TRUNCATE s"), added("s", v="again"), changed(v="new")
    ),
    "DDL that empties the table before": log(
        added(), added("s"), ddl("s", "TRUNCATE t"), added(v="again"), changed(1, "s", v="new")
    ),
    "DDL that empties the other table between": log(
        added(), added("s"), ddl("t", "DELETE FROM s"), added("s", id=2), changed(v="new")
    ),
    "DDL that empties the table before between": log(
        added(), added("s"), ddl("s", "DELETE FROM t"), added(id=2), changed(1, "s", v="new")
    ),
    "DDL that does more than it begins with, between": log(
        added("s"), added(), ddl("s", 'ALTER TABLE "s" ADD w integer; DELETE FROM t'), added(id=2)
    ),
    "DDL that does more than it begins with": log(
        added("s"),
        added(),
        ddl("s", 'ALTER TABLE "s" ADD w integer; DELETE FROM t'),
        added(v="again"),
        changed(v="new"),
    ),
    "DDL that adds a column": log(
        added(), ddl("t", "ALTER TABLE t ADD w integer"), changed(w=1), added(id=2, w=2)
    ),
    "DDL that drops a column": log(
        added(), ddl("t", "ALTER TABLE t DROP u"), partial(id=1, v="new"), partial(id=1, v="newer")
    ),
    "DDL that changes a type": log(
        added(v="12"),
        ddl("t", "ALTER TABLE t ALTER v TYPE integer USING v::integer"),
        changed(v="013"),
        changed(v="x"),
    ),
    "DDL that adds a trigger": log(
        added(),
        ddl(
            "t",
            "CREATE FUNCTION none() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';"
            " CREATE TRIGGER none BEFORE UPDATE ON t FOR EACH ROW EXECUTE PROCEDURE none()",
        ),
        changed(v="new"),
        gone(),
        added("s"),
    ),
    "DDL that drops the table": log(added(), ddl("t", "DROP TABLE t"), added(id=2), added("s")),
    "DDL that empties the table": log(added(), ddl("t", "TRUNCATE t"), added(v="again"), changed(v="new")),
    "DDL in error": log(added(), ddl("t", "ALTER TABLE t ADD id integer"), added(id=2), added("s")),
    "DDL of a table that is not replicated": log(
        added(), ddl("r", "CREATE TABLE audit ()"), changed(), added("r")
    ),
}

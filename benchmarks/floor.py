"""The floor: the statements written by hand by a person who knows that the log is sound and what is in it.

Per table the last image of each key, one DELETE, one INSERT; then the log is emptied and the batches are closed.
Nothing is verified, so it is no replay: it tells how little time one could take.
"""

from __future__ import annotations

from benchmarks.loads import Load, table
from devtools.batches import Replica

_IMAGE = {"1.7": "jsb_event_data", "2.0.10": "jsb_event_after"}

_COUNTED = """
UPDATE sch_chameleon.t_replica_batch AS batch
SET b_replayed = true, ts_replayed = clock_timestamp(),
    i_replayed = log.row_events, i_ddl = log.ddl_events, i_skipped = log.skipped
FROM (
    SELECT i_id_batch,
        count(*) FILTER (WHERE enm_binlog_event <> 'ddl' AND v_table_name <> 'unknown') AS row_events,
        count(*) FILTER (WHERE enm_binlog_event = 'ddl') AS ddl_events,
        count(*) FILTER (WHERE v_table_name = 'unknown') AS skipped
    FROM sch_chameleon.log_1 GROUP BY i_id_batch
) AS log
WHERE log.i_id_batch = batch.i_id_batch"""


def apply(replica: Replica, load: Load) -> None:
    """Apply all that is pending in the catalogue of `replica`, which `load` has filled."""
    replica.run("BEGIN")
    replica.run("SET LOCAL work_mem = '64MB'")
    for (query,) in replica.query(
        "SELECT t_query FROM sch_chameleon.log_1 WHERE enm_binlog_event = 'ddl' ORDER BY i_id_event"
    ):
        replica.run(query)
    image = _IMAGE[replica.version]
    replica.run(f"""
        CREATE TEMPORARY TABLE latest ON COMMIT DROP AS
        SELECT DISTINCT ON (v_table_name, ({image} ->> 'id')::bigint)
            v_table_name, ({image} ->> 'id')::bigint AS id, enm_binlog_event, {image} AS image
        FROM sch_chameleon.log_1
        WHERE enm_binlog_event <> 'ddl' AND v_table_name <> 'unknown'
        ORDER BY v_table_name, ({image} ->> 'id')::bigint, i_id_event DESC""")
    if load.tables > 1:
        replica.run("CREATE INDEX ON latest (v_table_name)")
    replica.run("ANALYZE latest")
    for number in range(load.tables):
        name = table(number)
        replica.run(f"""
            DELETE FROM {name} AS target USING latest
            WHERE latest.v_table_name = 't_{number}' AND target.id = latest.id""")
        replica.run(f"""
            INSERT INTO {name}
            SELECT row.* FROM latest, jsonb_populate_record(NULL::{name}, image) AS row
            WHERE v_table_name = 't_{number}' AND enm_binlog_event <> 'delete'""")
    replica.run(_COUNTED)
    replica.run("DELETE FROM sch_chameleon.log_1")
    replica.run("DELETE FROM sch_chameleon.t_batch_events")
    replica.run("COMMIT")

-- title:   Every event can be replayed
-- failure: events that pg_chameleon has read cannot be replayed as they are
-- remedy:  Do what each line says, then run again.
--
-- pg_chameleon commits the end of a batch before the list of its events. Where it was killed in between, it goes on after the batch.
SELECT format('the events of batch %s are listed %s times: keep one of the lists', i_id_batch, count(*))
FROM sch_chameleon.t_batch_events
GROUP BY i_id_batch
HAVING count(*) > 1
UNION ALL
SELECT format('the list of events of batch %s is NULL: fill it or delete it', i_id_batch)
FROM sch_chameleon.t_batch_events
WHERE i_id_event IS NULL
UNION ALL
SELECT CASE WHEN b_later_applied THEN format(
    'batch %s has events that are not listed, and later ones are applied: '
    || 'copy %s anew with sync_tables of pg_chameleon 2.0, before a downgrade or after an upgrade, and delete the events with '
    || 'DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch = %s',
    i_id_batch, t_tables, i_id_batch
) ELSE format(
    'batch %s has events that are not listed: list them with INSERT INTO sch_chameleon.t_batch_events '
    || 'SELECT i_id_batch, array_agg(i_id_event ORDER BY i_id_event) FROM sch_chameleon.t_log_replica '
    || 'WHERE i_id_batch = %s GROUP BY i_id_batch',
    i_id_batch, i_id_batch
) END
FROM (
    SELECT
        batch.i_id_batch,
        string_agg(DISTINCT format('%I.%I', log.v_schema_name, log.v_table_name), ', ') AS t_tables,
        EXISTS (
            SELECT FROM sch_chameleon.t_replica_batch AS later
            WHERE later.i_id_source = batch.i_id_source AND later.ts_created > batch.ts_created
                AND (later.b_replayed OR coalesce(later.i_replayed, 0) + coalesce(later.i_ddl, 0) > 0)
        ) AS b_later_applied
    FROM sch_chameleon.t_replica_batch AS batch
    JOIN sch_chameleon.t_log_replica AS log USING (i_id_batch)
    WHERE batch.b_processed AND NOT batch.b_replayed
        AND NOT EXISTS (SELECT FROM sch_chameleon.t_batch_events AS events WHERE events.i_id_batch = batch.i_id_batch)
    GROUP BY batch.i_id_batch, batch.i_id_source, batch.ts_created
) AS unlisted
UNION ALL
SELECT format(
    'batch %s has %s events of the kind %s: delete or correct them', log.i_id_batch, count(*), coalesce(log.enm_binlog_event::text, '(none)')
)
FROM sch_chameleon.t_log_replica AS log
JOIN sch_chameleon.t_replica_batch AS batch USING (i_id_batch)
WHERE batch.b_processed AND NOT batch.b_replayed
    AND coalesce(log.enm_binlog_event::text, '') NOT IN ('insert', 'update', 'delete', 'ddl')
GROUP BY log.i_id_batch, log.enm_binlog_event

-- title:   Every event can be replayed
-- failure: events that pg_chameleon has read cannot be replayed as they are
-- remedy:  Do what each line says, then run again.
--
-- pg_chameleon commits the next batch, the end of a batch and the list of its events one after the other. Where it was killed in
-- between, it goes on after the batch.
SELECT format('the events of batch %s are listed %s times: keep one of the lists', i_id_batch, count(*))
FROM sch_chameleon.t_batch_events
GROUP BY i_id_batch
HAVING count(*) > 1
UNION ALL
SELECT format('the list of events of batch %s is NULL: fill it or delete it', i_id_batch)
FROM sch_chameleon.t_batch_events
WHERE i_id_event IS NULL
UNION ALL
SELECT CASE
    WHEN later.b_too_late THEN format(
        'batch %s has events that were left out, and later ones are %s: '
        || 'copy %s anew with sync_tables of pg_chameleon 2.0, before a downgrade or after an upgrade, and delete the events with '
        || 'DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch = %s',
        i_id_batch, CASE WHEN b_processed THEN 'applied' ELSE 'read' END,
        (
            SELECT string_agg(DISTINCT format('%I.%I', v_schema_name, v_table_name), ', ')
            FROM sch_chameleon.t_log_replica AS log WHERE log.i_id_batch = batch.i_id_batch
        ),
        i_id_batch
    )
    WHEN b_processed THEN format(
        'batch %s has events that are not listed: list them with INSERT INTO sch_chameleon.t_batch_events '
        || 'SELECT i_id_batch, array_agg(i_id_event ORDER BY i_id_event) FROM sch_chameleon.t_log_replica '
        || 'WHERE i_id_batch = %s GROUP BY i_id_batch',
        i_id_batch, i_id_batch
    )
    ELSE format(
        'batch %s has events and was not closed: let it be read again with '
        || 'DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch IN (%s, %s); '
        || 'DELETE FROM sch_chameleon.t_replica_batch WHERE i_id_batch IN (%s)',
        i_id_batch, i_id_batch, later.t_batches, later.t_batches
    )
END
FROM (
    SELECT batch.*
    FROM (SELECT DISTINCT i_id_batch FROM sch_chameleon.t_log_replica) AS log
    JOIN sch_chameleon.t_replica_batch AS batch USING (i_id_batch)
    WHERE NOT batch.b_replayed AND NOT (
        batch.b_processed
        AND EXISTS (SELECT FROM sch_chameleon.t_batch_events AS events WHERE events.i_id_batch = batch.i_id_batch)
    )
) AS batch
CROSS JOIN LATERAL (
    SELECT
        string_agg(after.i_id_batch::text, ', ' ORDER BY after.ts_created) AS t_batches,
        bool_or(NOT after.b_processed AND NOT after.b_replayed) AS b_to_read,
        bool_or(CASE
            WHEN batch.b_processed THEN after.b_replayed OR coalesce(after.i_replayed, 0) + coalesce(after.i_ddl, 0) > 0
            ELSE after.b_processed
        END) AS b_too_late
    FROM sch_chameleon.t_replica_batch AS after
    WHERE after.i_id_source = batch.i_id_source AND after.ts_created > batch.ts_created
) AS later
-- The last batch that is not closed is read again.
WHERE batch.b_processed OR later.b_to_read
UNION ALL
SELECT format(
    'batch %s has %s events of the kind %s: delete or correct them', log.i_id_batch, count(*), coalesce(log.enm_binlog_event::text, '(none)')
)
FROM sch_chameleon.t_log_replica AS log
JOIN sch_chameleon.t_replica_batch AS batch USING (i_id_batch)
WHERE batch.b_processed AND NOT batch.b_replayed
    AND coalesce(log.enm_binlog_event::text, '') NOT IN ('insert', 'update', 'delete', 'ddl')
GROUP BY log.i_id_batch, log.enm_binlog_event

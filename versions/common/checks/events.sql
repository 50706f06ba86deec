-- title:   Every event can be replayed
-- failure: events that pg_chameleon has read are not listed, or damaged
-- remedy:  Do what each line says before pg_chameleon is started again, then run again.
--
-- What pg_chameleon has read of a registered table is in the list of its batch, or is read again. It commits the next batch, the end
-- of a batch and the list of its events one after the other. Where it was stopped in between, it goes on after the batch, which was
-- wholly read by then.
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
    WHEN b_too_late THEN format(
        'batch %s has events that were left out, and later ones may be applied: copy %s anew with sync_tables of pg_chameleon 2.0, '
        || 'before a downgrade or after an upgrade, and delete the events with DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch = %s;',
        i_id_batch,
        (
            SELECT string_agg(DISTINCT coalesce(mapping.t_source_schema, log.v_schema_name) || '.' || log.v_table_name, ',')
            FROM sch_chameleon.t_log_replica AS log
            JOIN sch_chameleon.t_replica_tables AS tab USING (v_schema_name, v_table_name)
            LEFT JOIN pg_temp.chameleon_mapping AS mapping ON mapping.t_dest_schema = log.v_schema_name
            WHERE log.i_id_batch = left_out.i_id_batch AND tab.i_id_source = left_out.i_id_source
        ),
        i_id_batch
    )
    WHEN b_processed THEN format(
        'batch %s has events that are not listed: list them with INSERT INTO sch_chameleon.t_batch_events '
        || 'SELECT i_id_batch, array_agg(i_id_event ORDER BY i_id_event) FROM sch_chameleon.t_log_replica '
        || 'WHERE i_id_batch = %s GROUP BY i_id_batch;',
        i_id_batch, i_id_batch
    )
    ELSE format(
        'batch %s has events and was not closed: close it with '
        || 'WITH closed AS (UPDATE sch_chameleon.t_replica_batch SET b_processed = true, ts_processed = %L '
        || 'WHERE i_id_batch = %s RETURNING i_id_batch) INSERT INTO sch_chameleon.t_batch_events '
        || 'SELECT i_id_batch, array_agg(i_id_event ORDER BY i_id_event) FROM sch_chameleon.t_log_replica '
        || 'JOIN closed USING (i_id_batch) GROUP BY i_id_batch;',
        i_id_batch, ts_next, i_id_batch
    )
END
FROM (
    SELECT
        batch.i_id_batch,
        batch.i_id_source,
        batch.b_processed,
        (
            SELECT min(later.ts_created) FROM sch_chameleon.t_replica_batch AS later
            WHERE later.i_id_source = batch.i_id_source AND later.ts_created > batch.ts_created
        ) AS ts_next,
        -- The next batch is there before a batch is closed. One that is not there any more was applied, and its retention is over.
        EXISTS (
            SELECT
            FROM (
                SELECT
                    *,
                    lead(ts_created) OVER followed AS ts_next,
                    lead(i_id_batch) OVER followed AS i_id_next,
                    lead(t_binlog_name) OVER followed AS t_next_binlog_name,
                    lead(i_binlog_position) OVER followed AS i_next_binlog_position
                FROM sch_chameleon.t_replica_batch AS later
                WHERE later.i_id_source = batch.i_id_source AND later.ts_created >= batch.ts_created
                WINDOW followed AS (ORDER BY ts_created)
            ) AS later
            WHERE later.b_replayed OR coalesce(later.i_replayed, 0) + coalesce(later.i_ddl, 0) > 0
                OR later.b_processed AND coalesce(later.ts_next > later.ts_processed, true)
                -- One that was not closed has no such time: ids are missing behind it, and the next does not begin at its last event.
                OR NOT later.b_processed AND later.i_id_next - later.i_id_batch > 1 + (
                    SELECT count(*) FROM sch_chameleon.t_replica_batch AS other
                    WHERE other.i_id_batch > later.i_id_batch AND other.i_id_batch < later.i_id_next
                ) AND NOT EXISTS (
                    SELECT FROM sch_chameleon.t_log_replica AS log
                    WHERE log.i_id_batch = later.i_id_batch AND log.t_binlog_name = later.t_next_binlog_name
                        AND log.i_binlog_position = later.i_next_binlog_position
                )
        ) AS b_too_late
    FROM sch_chameleon.t_replica_batch AS batch
    WHERE NOT batch.b_replayed
        AND CASE
            WHEN batch.b_processed
                THEN NOT EXISTS (SELECT FROM sch_chameleon.t_batch_events AS events WHERE events.i_id_batch = batch.i_id_batch)
            -- The last batch that is not closed is read again.
            ELSE EXISTS (
                SELECT FROM sch_chameleon.t_replica_batch AS later
                WHERE later.i_id_source = batch.i_id_source AND later.ts_created > batch.ts_created
                    AND NOT later.b_processed AND NOT later.b_replayed
            )
        END
        AND (batch.i_id_batch, batch.i_id_source) IN (
            SELECT log.i_id_batch, tab.i_id_source
            FROM sch_chameleon.t_log_replica AS log
            JOIN sch_chameleon.t_replica_tables AS tab USING (v_schema_name, v_table_name)
            -- 1.7 has no such column.
            WHERE to_jsonb(tab) ->> 'b_replica_enabled' IS DISTINCT FROM 'false'
        )
) AS left_out
UNION ALL
SELECT format(
    'batch %s has %s events of the kind %s: delete or correct them',
    log.i_id_batch, count(*), coalesce(log.enm_binlog_event::text, '(none)')
)
FROM sch_chameleon.t_log_replica AS log
JOIN sch_chameleon.t_replica_batch AS batch USING (i_id_batch)
WHERE batch.b_processed AND NOT batch.b_replayed
    AND EXISTS (SELECT FROM sch_chameleon.t_batch_events)
    AND coalesce(log.enm_binlog_event::text, '') NOT IN ('insert', 'update', 'delete', 'ddl')
GROUP BY log.i_id_batch, log.enm_binlog_event

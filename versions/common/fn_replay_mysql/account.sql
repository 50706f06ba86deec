-- Accounts for the chunk: the time replayed, the tables in error, what is left of the batch, its counts.
DECLARE
    finished  boolean;
    strays    bigint := 0;
BEGIN
    UPDATE @catalogue.t_last_replayed rep SET ts_last_replayed = to_timestamp(log.i_my_event_time)
    FROM @catalogue.t_log_replica log
    WHERE rep.i_id_source = source_id AND log.i_id_event = chunk[cardinality(chunk)] AND log.i_id_batch = batch_id
        AND log.i_my_event_time IS NOT NULL;
    IF disabled <> '{}' THEN
        UPDATE @catalogue.t_replica_tables SET b_replica_enabled = false WHERE i_id_table = ANY (disabled);
        -- The parameter %1$I is the log table, here and below.
        EXECUTE format($query$
            DELETE FROM @catalogue.%1$I log USING @catalogue.t_replica_tables tab
            WHERE log.i_id_batch = $1 AND tab.i_id_table = ANY ($2)
                AND tab.v_schema_name = log.v_schema_name AND tab.v_table_name = log.v_table_name
            $query$, log_table) USING batch_id, disabled;
    END IF;
    EXECUTE format('DELETE FROM @catalogue.%1$I log WHERE %2$s', log_table,
        CASE WHEN whole THEN by_range ELSE by_id END) USING chunk, batch_id;
    finished := row_events + ddl_events = 0 AND chunk = pending;
    IF finished THEN
        EXECUTE format('DELETE FROM @catalogue.%1$I WHERE i_id_batch = $1', log_table) USING batch_id;
        GET DIAGNOSTICS strays = ROW_COUNT;
        DELETE FROM @catalogue.t_batch_events WHERE i_id_batch = batch_id;
    ELSE
        UPDATE @catalogue.t_batch_events SET i_id_event = pending[cardinality(chunk) + 1:]
        WHERE i_id_batch = batch_id;
    END IF;
    UPDATE @catalogue.t_replica_batch
    SET b_replayed = finished,
        ts_replayed = clock_timestamp(),
        i_replayed = coalesce(i_replayed, 0) + row_events,
        i_ddl = coalesce(i_ddl, 0) + ddl_events,
        i_skipped = coalesce(i_skipped, 0) + cardinality(chunk) - row_events - ddl_events + strays
    WHERE i_id_batch = batch_id;
    status.b_continue := NOT status.b_error AND EXISTS (
        SELECT FROM @catalogue.t_replica_batch bat JOIN @catalogue.t_batch_events USING (i_id_batch)
        WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed);
END;

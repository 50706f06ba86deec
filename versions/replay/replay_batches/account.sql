-- Accounts for the batches as fn_process_batch does: an event that was not applied was skipped, one that only the log knows
-- as well. The time is that of a batch's last event, where it has one.
UPDATE pg_temp.as_2_0_t_last_replayed rep SET ts_last_replayed = to_timestamp(latest.i_my_event_time)
FROM (
    SELECT log.i_my_event_time
    FROM pg_temp.as_2_0_t_log_replica log
    JOIN pg_temp.as_2_0_taken taken
        ON log.i_id_event = CASE WHEN cardinality(batches) = 1 THEN chunk[cardinality(chunk)] ELSE i_last END
    WHERE log.i_my_event_time IS NOT NULL ORDER BY n_order DESC LIMIT 1
) latest
WHERE rep.i_id_source = source_id;
IF cardinality(batches) > 1 AND row_events + ddl_events <> (SELECT sum(i_rows + i_ddl_taken) FROM pg_temp.as_2_0_taken) THEN
    RAISE EXCEPTION 'other events than were counted';
END IF;
IF cardinality(batches) = 1 THEN
    UPDATE pg_temp.as_2_0_taken SET i_rows = row_events, i_ddl_taken = ddl_events, i_logged = cardinality(chunk) + (
        SELECT count(*) FROM pg_temp.as_2_0_t_log_replica
        WHERE chunk = pending AND i_id_event NOT IN (SELECT unnest(chunk)));
END IF;
IF chunk = pending THEN
    DELETE FROM pg_temp.as_2_0_t_log_replica;
    DELETE FROM sch_chameleon.t_batch_events ids WHERE ids.i_id_batch = ANY (batches);
ELSE
    DELETE FROM pg_temp.as_2_0_t_log_replica WHERE i_id_event = ANY (chunk);
    UPDATE sch_chameleon.t_batch_events SET i_id_event = pending[cardinality(chunk) + 1:] WHERE i_id_batch = batch_id;
END IF;
UPDATE sch_chameleon.t_replica_batch bat
SET b_replayed = chunk = pending, ts_replayed = clock_timestamp(), i_replayed = taken.i_replayed + taken.i_rows,
    i_ddl = taken.i_ddl + taken.i_ddl_taken,
    i_skipped = taken.i_skipped + coalesce(taken.i_logged, 0) - taken.i_rows - taken.i_ddl_taken
FROM pg_temp.as_2_0_taken taken WHERE taken.i_id_batch = bat.i_id_batch;

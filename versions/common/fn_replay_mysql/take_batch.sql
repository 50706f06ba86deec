-- Batches have no log table of their own before catalogue 2.0.5; their parent then stands for all of them.
SELECT ids.i_id_batch, ids.i_id_event, coalesce(to_jsonb(bat) ->> 'v_log_table', 't_log_replica')
INTO batch_id, pending, log_table
FROM @catalogue.t_replica_batch bat JOIN @catalogue.t_batch_events ids USING (i_id_batch)
WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed
ORDER BY bat.ts_created LIMIT 1
FOR UPDATE OF ids;
IF batch_id IS NULL THEN
    RETURN status;
END IF;
pending := ARRAY(SELECT unnest(pending) ORDER BY 1);
chunk := pending[1:max_events];

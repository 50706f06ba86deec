-- title:   No batch is pending
-- failure: batches were read while the migration ran
-- remedy:  Stop pg_chameleon, then run again.
--
-- Nothing was read from MySQL since the pending batches were replayed.
SELECT format('%s: batch %s at %s, offset %s', source.t_source, batch.i_id_batch, batch.t_binlog_name, batch.i_binlog_position)
FROM sch_chameleon.t_replica_batch AS batch
JOIN sch_chameleon.t_sources AS source USING (i_id_source)
JOIN sch_chameleon.t_batch_events AS events USING (i_id_batch)
WHERE batch.b_started AND batch.b_processed AND NOT batch.b_replayed
ORDER BY source.t_source, batch.ts_created

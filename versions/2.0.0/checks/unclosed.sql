-- title:   Every batch was closed
-- failure: 2.0 was stopped while it ended a batch, and has gone on after it: rows may be missing
-- remedy:  compare with verify, and copy anew with sync_tables of 2.0, before the downgrade, what differs
--
-- Each batch was closed before 2.0 went on after it. When it starts, it deletes what it had read of the others.
SELECT format('batch %s of %s, from %s, offset %s', batch.i_id_batch, source.t_source, batch.t_binlog_name, batch.i_binlog_position)
FROM sch_chameleon.t_replica_batch AS batch
JOIN sch_chameleon.t_sources AS source USING (i_id_source)
WHERE batch.b_started AND NOT batch.b_processed AND NOT batch.b_replayed
    AND EXISTS (
        SELECT FROM sch_chameleon.t_replica_batch AS later
        WHERE later.i_id_source = batch.i_id_source AND later.ts_created > batch.ts_created
    )
    AND NOT EXISTS (SELECT FROM sch_chameleon.t_log_replica AS log WHERE log.i_id_batch = batch.i_id_batch)
ORDER BY source.t_source, batch.ts_created

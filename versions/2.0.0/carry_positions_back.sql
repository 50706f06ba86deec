-- 1.8.2 goes on where 2.0 has stopped. The views change with the batches: those come last, in one statement.

-- 1.7 has no name for 'synced', and 'syncing' is refused; a source still 'ready' has done nothing since the upgrade.
UPDATE sch_chameleon.t_sources AS old
SET
    enm_status = CASE source.t_new_status
        WHEN 'ready' THEN old.enm_status::text
        WHEN 'synced' THEN 'initialised'
        ELSE source.t_new_status
    END::sch_chameleon.en_src_status,
    ts_last_received = coalesce(source.ts_last_received, old.ts_last_received),
    ts_last_replay = coalesce(source.ts_last_replayed, old.ts_last_replay)
FROM pg_temp.chameleon_back_source AS source
WHERE source.i_id_source = old.i_id_source AND source.b_carried;

-- Events of a partial batch: 2.0 has read them too.
DELETE FROM sch_chameleon.t_log_replica AS log
USING sch_chameleon.t_replica_batch AS batch, pg_temp.chameleon_back_source AS source
WHERE batch.i_id_batch = log.i_id_batch
    AND source.i_id_source = batch.i_id_source
    AND source.b_carried
    AND NOT batch.b_processed
    AND NOT batch.b_replayed;

-- What 1.8.2 had read behind that position it reads again, and its batches begin at the same positions: it cannot store a
-- second batch there, and goes round in circles. They are replayed, so nothing is lost with them. A batch that began right at
-- that position is opened again.
WITH resume AS (
    INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position)
    SELECT source.i_id_source, source.t_binlog_name, source.i_binlog_position
    FROM pg_temp.chameleon_back_source AS source
    WHERE source.b_carried
    ON CONFLICT (i_id_source, t_binlog_name, i_binlog_position) DO UPDATE
    SET b_started = false, b_processed = false, b_replayed = false
    RETURNING i_id_batch, i_id_source, pg_temp.chameleon_position(t_binlog_name, i_binlog_position) AS n_position
),
read_again AS (
    DELETE FROM sch_chameleon.t_replica_batch AS batch
    USING resume
    WHERE batch.i_id_source = resume.i_id_source
        AND pg_temp.chameleon_position(batch.t_binlog_name, batch.i_binlog_position) > resume.n_position
)
UPDATE sch_chameleon.t_replica_batch AS read_by_2_0
SET b_started = true, b_processed = true, b_replayed = true, ts_processed = clock_timestamp(), ts_replayed = clock_timestamp()
FROM resume
WHERE read_by_2_0.i_id_source = resume.i_id_source
    AND pg_temp.chameleon_position(read_by_2_0.t_binlog_name, read_by_2_0.i_binlog_position) < resume.n_position
    AND NOT read_by_2_0.b_processed
    AND NOT read_by_2_0.b_replayed;

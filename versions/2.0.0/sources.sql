-- A row per source of a catalogue 2.0, as the status shows it.
SELECT
    src.t_source AS name,
    src.jsb_schema_mappings AS mappings,
    src.enm_status::text AS status,
    tables.known AS tables,
    resume.t_binlog_name || ':' || resume.i_binlog_position AS resume_position,
    src.t_binlog_name || ':' || src.i_binlog_position AS high_watermark,
    src.b_consistent AS consistent,
    pending.batches AS pending_batches,
    pending.events AS pending_events,
    received.ts_last_received AS last_received,
    replayed.ts_last_replayed AS last_replayed
FROM @catalogue.t_sources AS src
LEFT JOIN @catalogue.t_last_received AS received ON received.i_id_source = src.i_id_source
LEFT JOIN @catalogue.t_last_replayed AS replayed ON replayed.i_id_source = src.i_id_source
CROSS JOIN LATERAL (
    SELECT count(*) AS known FROM @catalogue.t_replica_tables AS tab WHERE tab.i_id_source = src.i_id_source
) AS tables
LEFT JOIN (
    --<< common/resume_batch.sql
) AS resume ON resume.i_id_source = src.i_id_source
CROSS JOIN LATERAL (
    SELECT count(DISTINCT batch.i_id_batch) AS batches, count(log.i_id_event) AS events
    FROM @catalogue.t_replica_batch AS batch
    LEFT JOIN @catalogue.t_log_replica AS log ON log.i_id_batch = batch.i_id_batch
    WHERE batch.i_id_source = src.i_id_source AND batch.b_started AND batch.b_processed AND NOT batch.b_replayed
) AS pending
ORDER BY src.t_source

-- A row per source of a catalogue 1.7, as the status shows it.
SELECT
    src.t_source AS name,
    jsonb_build_object(coalesce(src.t_source_schema, '(none)'), src.t_dest_schema) AS mappings,
    src.enm_status::text AS status,
    tables.known AS tables,
    resume.t_binlog_name || ':' || resume.i_binlog_position AS resume_position,
    NULL AS high_watermark,
    NULL AS consistent,
    pending.batches AS pending_batches,
    pending.events AS pending_events,
    src.ts_last_received AS last_received,
    src.ts_last_replay AS last_replayed
FROM @catalogue.t_sources AS src
CROSS JOIN LATERAL (
    SELECT count(*) AS known FROM @catalogue.t_replica_tables AS tab WHERE tab.i_id_source = src.i_id_source
) AS tables
LEFT JOIN (
    --<< common/resume_batch.sql
) AS resume ON resume.i_id_source = src.i_id_source
CROSS JOIN LATERAL (
    SELECT count(*) AS batches, coalesce(sum(cardinality(ids.i_id_event)), 0) AS events
    FROM @catalogue.t_replica_batch AS batch
    JOIN @catalogue.t_batch_events AS ids ON ids.i_id_batch = batch.i_id_batch
    WHERE batch.i_id_source = src.i_id_source AND batch.b_started AND batch.b_processed AND NOT batch.b_replayed
) AS pending
ORDER BY src.t_source

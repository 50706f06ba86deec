-- A 2.0 source for each key under sources: in the configuration file, with its two log tables and its times.

INSERT INTO sch_chameleon.t_sources (t_source, jsb_schema_mappings, enm_status, enm_source_type, v_log_table)
SELECT
    new.t_source,
    new.jsb_schema_mappings,
    'ready',
    new.t_type::sch_chameleon.en_src_type,
    ARRAY[format('t_log_replica_%s_1', new.t_source), format('t_log_replica_%s_2', new.t_source)]
FROM pg_temp.chameleon_new_source AS new
ORDER BY new.i_order;

SELECT sch_chameleon.fn_refresh_parts();

INSERT INTO sch_chameleon.t_last_received (i_id_source, ts_last_received)
SELECT new.i_id_source, max(old.ts_last_received)
FROM sch_chameleon.t_sources AS new
LEFT JOIN pg_temp.chameleon_old_source AS old ON old.t_new_source = new.t_source
GROUP BY new.i_id_source;

INSERT INTO sch_chameleon.t_last_replayed (i_id_source, ts_last_replayed)
SELECT new.i_id_source, max(old.ts_last_replay)
FROM sch_chameleon.t_sources AS new
LEFT JOIN pg_temp.chameleon_old_source AS old ON old.t_new_source = new.t_source
GROUP BY new.i_id_source;

-- title:   Catalogue has the 1.7 structure
-- failure: the catalogue is not that of pg_chameleon 1.8.2
-- remedy:  Restore what is missing from a backup of the catalogue, then run again.
--
-- The tables and columns that the upgrade reads exist, as in every 1.7 catalogue.
SELECT format('sch_chameleon.%s has no readable column %s', needed.relname, needed.attname)
FROM (
    VALUES
        ('t_sources', 'i_id_source'), ('t_sources', 't_source'), ('t_sources', 't_source_schema'), ('t_sources', 't_dest_schema'),
        ('t_sources', 'enm_status'), ('t_sources', 'ts_last_received'), ('t_sources', 'ts_last_replay'),
        ('t_sources', 'v_log_table'),
        ('t_replica_batch', 'i_id_batch'), ('t_replica_batch', 'i_id_source'), ('t_replica_batch', 't_binlog_name'),
        ('t_replica_batch', 'i_binlog_position'), ('t_replica_batch', 'b_started'), ('t_replica_batch', 'b_processed'),
        ('t_replica_batch', 'b_replayed'), ('t_replica_batch', 'ts_created'), ('t_replica_batch', 'ts_replayed'),
        ('t_replica_batch', 'i_replayed'), ('t_replica_batch', 'i_skipped'), ('t_replica_batch', 'i_ddl'),
        ('t_batch_events', 'i_id_batch'), ('t_batch_events', 'i_id_event'),
        ('t_log_replica', 'i_id_event'), ('t_log_replica', 'i_id_batch'), ('t_log_replica', 'v_table_name'),
        ('t_log_replica', 'v_schema_name'), ('t_log_replica', 'enm_binlog_event'), ('t_log_replica', 't_binlog_name'),
        ('t_log_replica', 'i_binlog_position'), ('t_log_replica', 'jsb_event_data'), ('t_log_replica', 'jsb_event_update'),
        ('t_log_replica', 't_query'), ('t_log_replica', 'i_my_event_time'),
        ('t_replica_tables', 'i_id_source'), ('t_replica_tables', 'v_table_name'), ('t_replica_tables', 'v_schema_name'),
        ('t_replica_tables', 'v_table_pkey'), ('t_replica_tables', 't_binlog_name'), ('t_replica_tables', 'i_binlog_position')
) AS needed (relname, attname)
LEFT JOIN pg_class AS cls ON cls.relnamespace = 'sch_chameleon'::regnamespace AND cls.relname = needed.relname AND cls.relkind = 'r'
LEFT JOIN pg_attribute AS att ON att.attrelid = cls.oid AND att.attname = needed.attname AND NOT att.attisdropped
WHERE att.attnum IS NULL OR NOT has_column_privilege(cls.oid, att.attnum, 'SELECT')
ORDER BY needed.relname, needed.attname

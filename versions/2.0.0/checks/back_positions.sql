-- title:   Sources have a resume position
-- failure: the 2.0 catalogue has a source without a place to go on from
-- remedy:  Run init_replica for it with pg_chameleon 2.0, then run again.
--
-- 2.0 has a place from which 1.8.2 can go on.
SELECT format('%s has no batch to go on from', source.t_new_source)
FROM pg_temp.chameleon_back_source AS source
WHERE source.b_carried AND source.i_id_batch IS NULL
UNION
SELECT format(
    '%s would go on from batch %s at %s, offset %s, which is no binlog position',
    source.t_new_source, source.i_id_batch, coalesce(source.t_binlog_name, '(none)'), coalesce(source.i_binlog_position::text, '(none)')
)
FROM pg_temp.chameleon_back_source AS source
WHERE source.i_id_batch IS NOT NULL AND source.n_position IS NULL
UNION
SELECT format(
    '%s.%s was synced up to %s, offset %s, which is no binlog position',
    tab.v_schema_name, tab.v_table_name, coalesce(tab.t_binlog_name, '(none)'), coalesce(tab.i_binlog_position::text, '(none)')
)
FROM sch_chameleon.t_replica_tables AS tab
WHERE coalesce(tab.t_binlog_name, tab.i_binlog_position::text) IS NOT NULL
    AND pg_temp.chameleon_position(tab.t_binlog_name, tab.i_binlog_position) IS NULL

-- title:   Sources have a resume position
-- failure: the 1.7 catalogue has a source without a place to go on from
-- remedy:  Run init_replica for it with pg_chameleon 1.8.2, or drop the source there, then run again.
--
-- Every source with registered tables has a position to go on from.
SELECT format('%s has %s registered tables and no batch to go on from', old.t_source, count(*))
FROM pg_temp.chameleon_old_source AS old
JOIN sch_chameleon.t_replica_tables AS tab ON tab.i_id_source = old.i_id_source
WHERE old.i_id_batch IS NULL
GROUP BY old.t_source
UNION ALL
SELECT format(
    '%s would go on from batch %s at %s, offset %s, which is no binlog position',
    old.t_source, old.i_id_batch, coalesce(old.t_binlog_name, '(none)'), coalesce(old.i_binlog_position::text, '(none)')
)
FROM pg_temp.chameleon_old_source AS old
WHERE old.i_id_batch IS NOT NULL AND old.n_position IS NULL
UNION ALL
SELECT format(
    '%s.%s of %s was synced up to %s, offset %s, which is no binlog position',
    tab.v_schema_name, tab.v_table_name, old.t_source, coalesce(tab.t_binlog_name, '(none)'),
    coalesce(tab.i_binlog_position::text, '(none)')
)
FROM pg_temp.chameleon_old_source AS old
JOIN sch_chameleon.t_replica_tables AS tab ON tab.i_id_source = old.i_id_source
WHERE coalesce(tab.t_binlog_name, tab.i_binlog_position::text) IS NOT NULL
    AND (tab.i_binlog_position IS NULL OR tab.t_binlog_name IS NULL OR tab.t_binlog_name !~ '[.][0-9]+$')

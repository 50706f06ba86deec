-- title:   No table is disabled
-- failure: a table that 2.0 has disabled is not registered in 1.7
-- remedy:  Sync it with pg_chameleon 1.8.2.
--
-- Tables that 2.0 no longer replicates after an error.
SELECT format('%s.%s (%s)', tab.v_schema_name, tab.v_table_name, source.t_source)
FROM sch_chameleon.t_replica_tables AS tab
JOIN sch_chameleon.t_sources AS source USING (i_id_source)
WHERE NOT tab.b_replica_enabled
ORDER BY source.t_source, tab.v_schema_name, tab.v_table_name

-- 2.0 has read nothing since the upgrade: no batch was started, no event logged, no source became consistent by it, and the
-- sources and mappings are those of 1.7.
SELECT format('%s has read from MySQL: batch %s is started or done', source.t_source, batch.i_id_batch)
FROM sch_chameleon.t_replica_batch AS batch
JOIN sch_chameleon.t_sources AS source USING (i_id_source)
WHERE batch.b_started OR batch.b_processed OR batch.b_replayed
UNION ALL
SELECT format('%s -> %s was added to %s', pair.key, pair.value, source.t_source)
FROM sch_chameleon.t_sources AS source
CROSS JOIN LATERAL jsonb_each_text(source.jsb_schema_mappings) AS pair
WHERE NOT EXISTS (SELECT FROM _sch_chameleon_version1.t_sources AS old WHERE old.t_dest_schema = pair.value)
UNION ALL
SELECT format('the table %I.%I was added', tab.v_schema_name, tab.v_table_name)
FROM sch_chameleon.t_replica_tables AS tab
WHERE NOT EXISTS (
    SELECT FROM _sch_chameleon_version1.t_replica_tables AS old
    WHERE old.v_schema_name = tab.v_schema_name AND old.v_table_name = tab.v_table_name
)

-- title:   Catalogue rows are consistent
-- failure: the rows of the 1.7 catalogue are not consistent
-- remedy:  Put them right, or restore the catalogue from a backup, then run again.
--
-- The rows of the 1.7 catalogue are consistent, as its constraints and pg_chameleon 1.8.2 keep them; possibly they were edited by hand.
SELECT format('the table %I.%I belongs to the source %s, which is not there', v_schema_name, v_table_name, i_id_source)
FROM sch_chameleon.t_replica_tables AS tab
WHERE NOT EXISTS (SELECT FROM sch_chameleon.t_sources AS source WHERE source.i_id_source = tab.i_id_source)
UNION ALL
SELECT format(
    'the table %I.%I belongs to the source %s, whose destination is %I', v_schema_name, v_table_name, t_source, t_dest_schema
)
FROM sch_chameleon.t_replica_tables AS tab
JOIN sch_chameleon.t_sources AS source USING (i_id_source)
WHERE tab.v_schema_name <> source.t_dest_schema
UNION ALL
SELECT format('the table %I.%I is registered %s times', v_schema_name, v_table_name, count(*))
FROM sch_chameleon.t_replica_tables
GROUP BY v_schema_name, v_table_name
HAVING count(*) > 1
UNION ALL
SELECT format('the table %I.%I has no readable key: %s', v_schema_name, v_table_name, coalesce(v_table_pkey::text, 'NULL'))
FROM sch_chameleon.t_replica_tables
WHERE coalesce(cardinality(v_table_pkey), 0) = 0 OR array_position(v_table_pkey, NULL) IS NOT NULL
    OR btrim(array_to_string(v_table_pkey, ','), ' "') = ''
UNION ALL
SELECT format('a table of the source %s has no schema or no name', i_id_source)
FROM sch_chameleon.t_replica_tables
WHERE v_schema_name IS NULL OR v_table_name IS NULL
UNION ALL
SELECT format('the source %s is there %s times', coalesce(t_source, '(no name)'), count(*))
FROM sch_chameleon.t_sources
GROUP BY t_source
HAVING count(*) > 1 OR t_source IS NULL
UNION ALL
SELECT format('the destination %s is that of %s sources', coalesce(t_dest_schema, '(none)'), count(*))
FROM sch_chameleon.t_sources
GROUP BY t_dest_schema
HAVING count(*) > 1 OR t_dest_schema IS NULL
UNION ALL
SELECT format('the number %s is that of %s sources', coalesce(i_id_source::text, '(none)'), count(*))
FROM sch_chameleon.t_sources
GROUP BY i_id_source
HAVING count(*) > 1 OR i_id_source IS NULL
UNION ALL
SELECT format('batch %s belongs to the source %s, which is not there', i_id_batch, i_id_source)
FROM sch_chameleon.t_replica_batch AS batch
WHERE NOT EXISTS (SELECT FROM sch_chameleon.t_sources AS source WHERE source.i_id_source = batch.i_id_source)
    AND batch.b_replayed IS DISTINCT FROM true
UNION ALL
SELECT format('batch %s is there %s times', coalesce(i_id_batch::text, '(no number)'), count(*))
FROM sch_chameleon.t_replica_batch
GROUP BY i_id_batch
HAVING count(*) > 1 OR i_id_batch IS NULL
UNION ALL
SELECT format('batch %s does not say whether it was started, processed and replayed, or when it was created', i_id_batch)
FROM sch_chameleon.t_replica_batch
WHERE b_started IS NULL OR b_processed IS NULL OR b_replayed IS NULL OR ts_created IS NULL
UNION ALL
SELECT format('the batches %s of the source %s were created at the same time', string_agg(i_id_batch::text, ', '), i_id_source)
FROM sch_chameleon.t_replica_batch
WHERE NOT b_replayed
GROUP BY i_id_source, ts_created
HAVING count(*) > 1

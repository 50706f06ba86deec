-- Parts the run $1: the events of each table that has enough of them, then all others; with each part come
-- the DDL events of the run. Where a change of one table can reach another, which a cascading foreign key
-- does not unless a trigger or rule follows it, all stay together. The query's parameters: %1$I the log table,
-- %2$s which of its events.
parts := format($query$
    WITH taken AS (
        SELECT tab.v_schema_name, tab.v_table_name, tab.v_table_pkey::text[] AS key, log.is_ddl, log.ids,
            to_regclass(format('%%I.%%I', tab.v_schema_name, tab.v_table_name)) AS relation
        FROM (
            SELECT v_schema_name, v_table_name, enm_binlog_event = 'ddl' AS is_ddl,
                array_agg(i_id_event) AS ids
            FROM @catalogue.%1$I log WHERE %2$s GROUP BY 1, 2, 3
        ) log JOIN @catalogue.t_replica_tables tab USING (v_schema_name, v_table_name)
        WHERE tab.i_id_source = $3 AND tab.b_replica_enabled
    ), split AS (
        SELECT taken.*, pg_relation_size(rel.oid) > 1000000
                AND (rel.relpages = 0 OR rel.reltuples > rel.relpages) AS large, coalesce(
            cardinality(ids) >= $4 AND NOT is_ddl AND NOT rel.relhastriggers AND rel.relchecks = 0
                AND NOT rel.relispartition AND rel.relreplident IN ('d', 'f') AND rel.relnatts <= 200
                AND NOT bool_or(rel.relkind <> 'r' OR rel.relhasrules OR rel.relrowsecurity
                    OR rel.relhassubclass OR rel.relhastriggers AND (
                        EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal)
                        OR EXISTS (SELECT FROM pg_class WHERE relkind = 'r' AND relhasrules))
                ) OVER (), false) AS foldable
        FROM taken LEFT JOIN pg_class rel ON rel.oid = relation
    )
    SELECT relation, ids, v_schema_name, v_table_name, key, large,
        (SELECT array_agg(id ORDER BY id) FROM split, unnest(ids) AS id WHERE is_ddl) AS ddl
    FROM (
        SELECT relation, ids, v_schema_name, v_table_name, key, large FROM split WHERE foldable
        UNION ALL
        SELECT NULL, array_agg(id), NULL, NULL, NULL, NULL
        FROM split, unnest(ids) AS id WHERE NOT foldable HAVING count(*) > 0
    ) part ORDER BY relation
    $query$, log_table, CASE WHEN whole THEN by_range ELSE by_id END);

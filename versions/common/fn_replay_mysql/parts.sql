-- Parts the run: first the events that stay in order, then those of each table that has enough of them, from one of the
-- table's DDL events to the next where these cut their own table alone ($6); one that ends the run is left to the end.
-- Where a table's change can reach another, all stay in order. Of the staged tables ($7) nothing is read.
--   %1$I  the log table
--   %2$s  which of its events
parts := format($query$
    WITH staged AS (
        SELECT * FROM (
            SELECT to_regclass(format('%%I.%%I', v_schema_name, v_table_name)) AS relation, v_schema_name, v_table_name
            FROM @catalogue.t_replica_tables WHERE i_id_source = $3
        ) replicated WHERE relation = ANY ($7::oid[])
    ), cut AS (
        SELECT v_schema_name, v_table_name, array_agg(i_id_event ORDER BY i_id_event) AS cuts
        FROM @catalogue.%1$I log WHERE %2$s AND enm_binlog_event = 'ddl' AND $6 GROUP BY 1, 2
    ), taken AS (
        SELECT tab.v_schema_name, tab.v_table_name, log.segment, log.ids, cut.cuts,
            to_regclass(format('%%I.%%I', tab.v_schema_name, tab.v_table_name)) AS relation
        FROM (
            SELECT v_schema_name, v_table_name, CASE WHEN cuts IS NULL THEN 0 ELSE width_bucket(i_id_event, cuts) END AS segment,
                array_agg(i_id_event) AS ids
            FROM @catalogue.%1$I log LEFT JOIN cut USING (v_schema_name, v_table_name)
            WHERE %2$s AND ($6 OR enm_binlog_event <> 'ddl') AND (v_schema_name, v_table_name) NOT IN (
                SELECT v_schema_name, v_table_name FROM staged)
            GROUP BY 1, 2, 3
        ) log
        JOIN @catalogue.t_replica_tables tab USING (v_schema_name, v_table_name)
        LEFT JOIN cut USING (v_schema_name, v_table_name)
        WHERE tab.i_id_source = $3 AND tab.b_replica_enabled
    ), split AS (
        SELECT taken.*, coalesce(own.found ->> 'obstacle' IS NULL AND own.found IS NOT NULL
            AND sum(cardinality(ids)) OVER (PARTITION BY v_schema_name, v_table_name) >= $4 * (1 + 2 * coalesce(cardinality(cuts), 0))
            AND NOT bool_or(own.found ->> 'reach' IS NOT NULL) OVER (), false) AS foldable
        FROM taken CROSS JOIN LATERAL (SELECT $5 -> relation::oid::text AS found OFFSET 0) own
    )
    SELECT relation, v_schema_name, v_table_name, segment, ids, cuts[segment] AS ddl
    FROM (
        SELECT relation, v_schema_name, v_table_name, segment, ids, cuts FROM split WHERE foldable
        UNION ALL
        SELECT NULL, NULL, NULL, 0, array_agg(id), NULL
        FROM split, unnest(ids) AS id WHERE NOT foldable HAVING count(*) > 0
        UNION ALL
        SELECT relation, v_schema_name, v_table_name, 0, NULL, NULL FROM staged
    ) part ORDER BY relation NULLS FIRST, segment
    $query$, log_table, CASE WHEN whole THEN by_range ELSE by_id END);

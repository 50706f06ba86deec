-- Finds the tables that have events in the run, those that have deletes, whether any has enough events for a fold, and how many
-- events of which kind each has (events).
--   %1$I  the log table
--   %2$s  which of its events
EXECUTE format($query$
    SELECT array_agg(relation), array_agg(relation) FILTER (WHERE deletes), max(number) < $4,
        jsonb_object_agg(relation::text, jsonb_build_object('number', number, 'inserts', inserts, 'ddl', ddl))
            FILTER (WHERE relation IS NOT NULL)
    FROM (
        SELECT to_regclass(format('%%I.%%I', v_schema_name, v_table_name))::oid AS relation, log.*
        FROM (SELECT v_schema_name, v_table_name, count(*) AS number, bool_or(enm_binlog_event = 'delete') AS deletes,
                count(*) FILTER (WHERE enm_binlog_event = 'insert') AS inserts, bool_or(enm_binlog_event = 'ddl') AS ddl
            FROM @catalogue.%1$I log WHERE %2$s GROUP BY 1, 2) log
        JOIN @catalogue.t_replica_tables tab USING (v_schema_name, v_table_name)
        WHERE tab.i_id_source = $3 AND tab.b_replica_enabled
    ) of_table
    $query$, log_table, CASE WHEN whole THEN by_range ELSE by_id END)
INTO relations, deleting, few, events USING run, batch_id, source_id, fold_from;

-- Finds the tables that have events in the run, those that have deletes, and whether any has enough events for a fold.
--   %1$I  the log table
--   %2$s  which of its events
EXECUTE format($query$
    SELECT array_agg(to_regclass(format('%%I.%%I', v_schema_name, v_table_name))::oid),
        array_agg(to_regclass(format('%%I.%%I', v_schema_name, v_table_name))::oid) FILTER (WHERE deletes), max(events) < $4
    FROM (SELECT v_schema_name, v_table_name, count(*) AS events, bool_or(enm_binlog_event = 'delete') AS deletes
        FROM @catalogue.%1$I log WHERE %2$s GROUP BY 1, 2) log
    JOIN @catalogue.t_replica_tables tab USING (v_schema_name, v_table_name)
    WHERE tab.i_id_source = $3 AND tab.b_replica_enabled
    $query$, log_table, CASE WHEN whole THEN by_range ELSE by_id END)
INTO relations, deleting, few USING run, batch_id, source_id, fold_from;

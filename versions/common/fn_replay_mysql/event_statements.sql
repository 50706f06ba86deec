-- Builds the statement of each event with an id in $1, of the batch $2 and the source $3. The query's parameters:
-- %1$I the log table, %2$s which of its events.
statements := format($query$
    SELECT log.i_id_event, log.enm_binlog_event, log.v_schema_name, log.v_table_name, log.t_binlog_name,
        log.i_binlog_position::bigint, tab.i_id_table, row_key.condition AS row_key,
        CASE log.enm_binlog_event
            WHEN 'ddl' THEN log.t_query
            WHEN 'insert' THEN (
                SELECT format('INSERT INTO %%I.%%I (%%s) VALUES (%%s)', log.v_schema_name, log.v_table_name,
                    string_agg(format('%%I', name), ', '), string_agg(format('%%L', value), ', '))
                FROM jsonb_each_text(log.jsb_event_after) AS item (name, value))
            WHEN 'update' THEN (
                SELECT format('UPDATE %%I.%%I SET %%s WHERE %%s', log.v_schema_name, log.v_table_name,
                    string_agg(format('%%I = %%L', name, value), ', '), row_key.condition)
                FROM jsonb_each_text(log.jsb_event_after) AS item (name, value))
            WHEN 'delete' THEN
                format('DELETE FROM %%I.%%I WHERE %%s', log.v_schema_name, log.v_table_name, row_key.condition)
        END AS statement
    FROM @catalogue.%1$I log
    JOIN @catalogue.t_replica_tables tab USING (v_schema_name, v_table_name)
    CROSS JOIN LATERAL (
        SELECT string_agg(format('%%I = %%L', name, CASE log.enm_binlog_event
            WHEN 'update' THEN log.jsb_event_before ELSE log.jsb_event_after END ->> name), ' AND ') AS condition
        FROM unnest(tab.v_table_pkey) AS name WHERE log.enm_binlog_event <> 'ddl'
    ) row_key
    WHERE %2$s AND tab.i_id_source = $3 AND tab.b_replica_enabled
    ORDER BY log.i_id_event
    $query$, log_table, by_id);

-- Cuts the chunk into runs where it has a DDL event that can reach another table. All can, but a plain ALTER TABLE of
-- the event's own table that nothing refers to, where no event trigger and no cast can run anything else: this one cuts
-- the events of its own table alone. Where the runs would be too short, all is in order.
--   %1$I  the log table
--   %2$s  which of its events
EXECUTE format($query$
    SELECT array_agg(i_id_event ORDER BY i_id_event), bool_and(coalesce(
        head IS NOT NULL AND rel.relkind = 'r' AND NOT rel.relhastriggers AND NOT rel.relhassubclass AND NOT rel.relispartition
        AND rtrim(substr(ltrim(t_query), length(head) + 1), E'; \n\t') ~* ('^' || action || '([[:space:]]*,[[:space:]]*' || action || ')*$')
        AND NOT EXISTS (
            SELECT FROM pg_depend WHERE refclassid = 'pg_class'::regclass AND refobjid = rel.oid AND deptype = 'n'
        ), false
    )) AND NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtenabled <> 'D')
        AND NOT EXISTS (SELECT FROM pg_cast WHERE castfunc >= 16384)
    FROM @catalogue.%1$I log
    JOIN @catalogue.t_replica_tables tab USING (v_schema_name, v_table_name)
    LEFT JOIN pg_class rel ON rel.oid = to_regclass(format('%%I.%%I', v_schema_name, v_table_name))
    CROSS JOIN (SELECT $$("([^"]|"")+"|[a-z_][a-z0-9_]*)$$, $$(character varying|varchar|character|char|text|integer|bigint$$
        || $$|smallint|numeric|decimal|double precision|real|boolean|date|timestamp without time zone|timestamp|bytea$$
        || $$|json|jsonb)([[:space:]]*[(][[:space:]]*[0-9]+([[:space:]]*,[[:space:]]*[0-9]+)?[[:space:]]*[)])?$$) AS words (name, type)
    CROSS JOIN LATERAL (SELECT '(' || concat_ws('|',
        'ADD (COLUMN )?' || name || ' ' || type || '( NULL)?',
        'DROP (COLUMN )?' || name || '( CASCADE| RESTRICT)?',
        'ALTER (COLUMN )?' || name || ' (SET DATA )?TYPE ' || type || '( USING ' || name || '::' || type || ')?',
        'ALTER (COLUMN )?' || name || ' (SET|DROP) NOT NULL',
        'RENAME (COLUMN )?' || name || ' TO ' || name
    ) || ')' AS action) grammar
    LEFT JOIN LATERAL (
        SELECT format('%%sALTER TABLE %%s ', path, own) AS head
        FROM (SELECT '"' || replace(v_schema_name, '"', '""') || '"', '"' || replace(v_table_name, '"', '""') || '"')
            AS quoted (schema, table_name)
        CROSS JOIN LATERAL (VALUES
            (format('SET search_path=%%s;', schema), table_name), (format('SET search_path=%%s;', schema), quote_ident(v_table_name)),
            (format('SET search_path=%%s;', schema), format('%%s.%%s', schema, table_name)),
            ('', format('%%s.%%s', schema, table_name)), ('', format('%%I.%%I', v_schema_name, v_table_name))
        ) AS way (path, own)
        WHERE left(ltrim(t_query), length(path || own) + 13) = format('%%sALTER TABLE %%s ', path, own)
        LIMIT 1
    ) heads ON true
    WHERE %2$s AND log.enm_binlog_event = 'ddl' AND tab.i_id_source = $3 AND tab.b_replica_enabled
    $query$, log_table, CASE WHEN whole THEN by_range ELSE by_id END)
INTO cuts, own_cuts USING chunk, batch_id, source_id;
own_cuts := own_cuts IS NOT FALSE;
IF NOT own_cuts THEN
    run_ends := ARRAY(SELECT width_bucket(id, chunk) FROM unnest(cuts) AS id ORDER BY 1) || cardinality(chunk);
    all_in_order := cardinality(chunk) < look_from * cardinality(run_ends);
END IF;

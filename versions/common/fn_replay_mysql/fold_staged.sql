-- Applies the states of the table part.relation, and says in folded whether it could.
DECLARE
    found      jsonb := looked -> part.relation::oid::text;
    folding    text;
    folded_in  CONSTANT text := 'folded';
    range      CONSTANT bigint[] := NULL;
BEGIN
    PERFORM set_config('enable_nestloop', found ->> 'large', true);
    -- A subquery, so that each image is looked up by its id whatever PostgreSQL takes the tables' sizes for.
    folding := format($fold$
        WITH folded AS (
            SELECT %1$s, started, has, exact, CASE WHEN has THEN (
                SELECT jsonb_populate_record(NULL::%2$s, jsb_event_after)
                FROM @catalogue.%3$I log WHERE log.i_id_batch = $2 AND log.i_id_event = state.id
            ) END AS image
            FROM pg_temp.chameleon_states state WHERE number = %4$s
        )
        $fold$, found ->> 'key_read', part.relation, log_table, array_position(staged, part.relation::oid));
    --<< fold_apply.sql
    PERFORM set_config('enable_nestloop', nested_loops, true);
    row_events := row_events + (events #>> ARRAY[part.relation::oid::text, 'number'])::bigint;
    folded := true;
EXCEPTION WHEN OTHERS THEN
    folded := false;
    EXECUTE format('SELECT array_agg(i_id_event) FROM @catalogue.%I log WHERE %s AND v_schema_name = $3 AND v_table_name = $4',
        log_table, CASE WHEN whole THEN by_range ELSE by_id END)
    INTO ids USING run, batch_id, part.v_schema_name, part.v_table_name;
END;

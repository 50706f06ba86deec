-- Reads the log once for all tables that can be folded, where there are several and they have many events: the temporary table
-- chameleon_states gets what fold_states.sql finds table by table, with a key as text, and the event that has its image in
-- place of the image. Says in staged which tables these are; a table's number is its place there. As long as most events are
-- replaced by later ones this is worth the second look at those that are not.
DECLARE
    replicated  text;
    decoded     text;
    jit         CONSTANT text := current_setting('jit', true);
BEGIN
    SELECT array_agg(relation ORDER BY number),
        string_agg(format('(%L, %L, %s, %L::boolean)', v_schema_name, v_table_name, number, seen ->> 'departs' <> 'false'), ', ')
    INTO staged, replicated
    FROM (
        SELECT relation::oid, v_schema_name, v_table_name, seen, row_number() OVER (ORDER BY relation::oid) AS number
        FROM jsonb_each(looked) AS looked_at (relation, seen)
        JOIN @catalogue.t_replica_tables tab
            ON relation::oid = to_regclass(format('%I.%I', v_schema_name, v_table_name)) AND tab.i_id_source = source_id
        WHERE seen ->> 'obstacle' IS NULL AND seen ->> 'staged' IS NOT NULL AND events #> ARRAY[relation, 'ddl'] = 'false'
            AND (events #>> ARRAY[relation, 'number'])::bigint >= fold_from
            AND (events #>> ARRAY[relation, 'inserts'])::bigint <= (events #>> ARRAY[relation, 'number'])::bigint * most_inserts
        -- An expression of more tables takes PostgreSQL too long to prepare.
        ORDER BY number LIMIT 1000
    ) AS stageable
    -- Nothing of a user's may be hidden by the temporary table, or see it come and go.
    HAVING count(*) >= stage_tables AND sum((events #>> ARRAY[relation::text, 'number'])::bigint) >= stage_from
        AND NOT EXISTS (SELECT FROM jsonb_each(looked) AS looked_at (relation, seen) WHERE seen ->> 'reach' IS NOT NULL)
        AND NOT EXISTS (SELECT FROM pg_class WHERE relname = 'chameleon_states')
        AND NOT EXISTS (SELECT FROM pg_event_trigger WHERE evtenabled <> 'D')
        AND has_database_privilege(current_database(), 'TEMPORARY');
    IF staged IS NOT NULL THEN
        SELECT string_agg(format('WHEN number <= %s THEN CASE number %s END', last, of_tables), E'\n' ORDER BY last) INTO decoded
        FROM (
            SELECT max(number) AS last,
                string_agg(format('WHEN %s THEN %s', number, looked #>> ARRAY[relation::text, 'staged']), E'\n') AS of_tables
            FROM unnest(staged) WITH ORDINALITY AS item (relation, number) GROUP BY (number - 1) / 32
        ) AS bundles;
        -- Compiled, an expression of many tables takes longer than it saves.
        PERFORM set_config('jit', 'off', true) WHERE jit IS NOT NULL;
        --   %1$I  the log table
        --   %2$s  which of its events
        --   %3$s  the tables: ('schema', 'table', 1, true), ...
        --   %4$s  what a table's event is read as: WHEN number <= 32 THEN CASE number WHEN 1 THEN ARRAY[...] ...
        EXECUTE format($states$
            CREATE TEMPORARY TABLE chameleon_states AS
            WITH touch AS (
                SELECT number, id, CASE WHEN has THEN image[1] ELSE image[2] END AS key, had, has,
                    departs AND NOT has OR coalesce(has AND image[3]::boolean, false) AS sound
                FROM (
                    SELECT number, departs, id, kind, CASE %4$s END AS image
                    FROM (
                        SELECT number, departs, i_id_event AS id, enm_binlog_event AS kind,
                            CASE WHEN enm_binlog_event <> 'delete' THEN jsb_event_after || '{}' END AS after,
                            CASE enm_binlog_event WHEN 'update' THEN jsb_event_before WHEN 'delete' THEN jsb_event_after END AS before
                        FROM @catalogue.%1$I log
                        JOIN (VALUES %3$s) replicated (v_schema_name, v_table_name, number, departs) USING (v_schema_name, v_table_name)
                        WHERE %2$s AND enm_binlog_event <> 'ddl' OFFSET '0'
                    ) plain OFFSET '0'
                ) event
                --<< effects.sql
                    ELSE CASE WHEN image[2] IS DISTINCT FROM image[1] THEN 'move' ELSE 'stay' END END
            )
            SELECT number, key, id, started, has, sound AND next IS NULL AS exact
            FROM (
                SELECT *, first_value(had) OVER events AS started, lead(had) OVER events AS next
                FROM touch WINDOW events AS (PARTITION BY number, key COLLATE "C" ORDER BY id)
            ) chain
            WHERE (sound AND next = has) IS NOT TRUE
            $states$, log_table, CASE WHEN whole THEN by_range ELSE by_id END, replicated, decoded)
        USING run, batch_id;
        PERFORM set_config('jit', jit, true) WHERE jit IS NOT NULL;
        CREATE INDEX ON pg_temp.chameleon_states (number);
    END IF;
    staged := coalesce(staged, '{}');
EXCEPTION WHEN OTHERS THEN
    staged := '{}';
END;

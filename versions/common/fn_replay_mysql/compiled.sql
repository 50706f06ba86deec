-- Applies the events in ids in order by a block made for their tables, whose statements are parsed and planned once, not for each
-- event, and says in compiled whether it could. It reads images and keys as a fold does.
DECLARE
    numbers   text;
    branches  text;
BEGIN
    -- A branch applies an event of its table. Its parameters:
    --   %1$s  the table's number
    --   %2$s  the table
    --   %3$s  where a row has the key before the event: target."id" = (event.before ->> 'id')::integer AND ...
    --   %4$L  a document that is greater than each with as many pairs as the table has columns, and no greater than any other
    --   %5$L  the names of the columns, as an array
    --   %6$s  the columns' names
    --   %7$s  the columns' values: image."id", (event.after ->> 'doc')::json, ...
    --   %8$s  the assignments: "id" = image."id", ...
    SELECT string_agg(format('(%L, %L, %s)', v_schema_name, v_table_name, number), ', '), string_agg(format($branch$
            IF event.number = %1$s THEN
                DECLARE
                    image %2$s;
                BEGIN
                    IF event.kind = 'delete' THEN
                        DELETE FROM %2$s AS target WHERE %3$s;
                    ELSIF NOT (event.after < %4$L AND event.after ?& %5$L) THEN
                        RAISE EXCEPTION 'not all columns';
                    ELSE
                        image := jsonb_populate_record(NULL::%2$s, event.after);
                        IF event.kind = 'insert' THEN
                            INSERT INTO %2$s (%6$s) VALUES (%7$s);
                        ELSE
                            UPDATE %2$s AS target SET %8$s WHERE %3$s;
                        END IF;
                    END IF;
                END;
            END IF;
            $branch$, number, relation, seen ->> 'owner', seen ->> 'fewest', seen ->> 'keys', seen ->> 'columns',
            seen ->> 'taken', seen ->> 'given'), E'\n')
    INTO numbers, branches
    FROM (
        SELECT tab.v_schema_name, tab.v_table_name, looked_at.relation::oid::regclass AS relation, seen, row_number() OVER () AS number
        FROM @catalogue.t_replica_tables tab
        JOIN jsonb_each(looked) AS looked_at (relation, seen)
            ON looked_at.relation::oid = to_regclass(format('%I.%I', tab.v_schema_name, tab.v_table_name))
        WHERE tab.i_id_source = source_id AND tab.b_replica_enabled AND seen -> 'plain' = 'true'
    ) AS compilable
    HAVING count(*) <= 100;
    -- A table that grows must not be read for each event by a plan that was made when it was small.
    PERFORM set_config('enable_seqscan', 'off', true);
    --   %1$I  the log table
    --   %2$s  the tables with their numbers: ('schema', 'table', 1), ...
    --   %3$L  the events
    --   %4$L  the batch
    --   %5$s  the branches
    EXECUTE 'DO ' || quote_literal(format($text$
        #variable_conflict use_variable
        DECLARE
            event    record;
            applied  bigint := 0;
        BEGIN
            FOR event IN
                SELECT number, enm_binlog_event::text AS kind,
                    CASE WHEN enm_binlog_event <> 'delete' THEN jsb_event_after END AS after,
                    CASE enm_binlog_event WHEN 'update' THEN jsb_event_before WHEN 'delete' THEN jsb_event_after END AS before
                FROM @catalogue.%1$I AS log
                JOIN (VALUES %2$s) AS replicated (v_schema_name, v_table_name, number) USING (v_schema_name, v_table_name)
                WHERE i_id_event = ANY (%3$L) AND i_id_batch = %4$L AND enm_binlog_event <> 'ddl'
                ORDER BY i_id_event
            LOOP
                applied := applied + 1;
                %5$s
            END LOOP;
            PERFORM set_config('chameleon.applied', applied::text, true);
        END
        $text$, log_table, numbers, ids, batch_id, branches));
    IF current_setting('chameleon.applied')::bigint <> cardinality(ids) THEN
        RAISE EXCEPTION 'not all events';
    END IF;
    PERFORM set_config('enable_seqscan', sequential_scans, true);
    row_events := row_events + cardinality(ids);
    compiled := true;
EXCEPTION WHEN OTHERS THEN
    compiled := false;
END;

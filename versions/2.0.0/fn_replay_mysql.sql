-- Purpose:   replays the oldest pending batch of a source. Where a table has many events between two DDL events, they
--            are folded: to the last image of each key, applied at once. Everything else is applied event by
--            event in the order of i_id_event; so is all that cannot be folded with certainly the same outcome.
-- Arguments: the greatest number of events to take in this call; the source's i_id_source; whether to stop at
--            the first error. Without that, a table with an error is disabled and the others go on.
-- Result:    b_continue: whether to call again; b_error: whether it stopped at an error; v_table_error: a line
--            per table in error. At a stop, what came before the event in error stays applied and is accounted
--            for, so that the next call begins with that event.
-- Touches:   the registered and enabled tables; t_batch_events, the batch's log table, t_replica_batch,
--            t_replica_tables, t_last_replayed, t_error_log; for many events of a table, a temporary table.
--
-- A fold follows each key through its events. An insert, or an update that changes the key, arrives at a key; a delete,
-- or such an update, departs from one; any other update stays at its key. The outcome is that of the order where
--   * every image has exactly the columns of the table, each value can be read as its column's type, and none is NULL
--     that must not be, those that are replaced later included: in order, each of them would have to be stored;
--   * after a key's arrival come departures and stays only, after its departure an arrival only;
--   * a key that is first departed from or stayed at is in the table, a key that is first arrived at is not;
--   * a value of another unique index belongs to one key only, in all images and in the table;
--   * the registered key is the primary key, nothing but the types, NOT NULL and unique indexes of the table decides
--     what may be stored in it, no check and no expression, and a change of it reaches no other table, by no trigger,
--     foreign key or rule.
-- The last is read from PostgreSQL's catalogue, the others are verified by the statement that applies the fold. Where
-- one does not hold, and at any error, the fold is rolled back and its events are applied in order.
CREATE OR REPLACE FUNCTION sch_chameleon.fn_replay_mysql(integer, integer, boolean)
RETURNS sch_chameleon.ty_replay_status
LANGUAGE plpgsql AS $function$
DECLARE
    max_events     ALIAS FOR $1;
    source_id      ALIAS FOR $2;
    exit_on_error  ALIAS FOR $3;
    -- With fewer events of a table, a statement for each of them is as quick as a fold.
    fold_from      CONSTANT integer := 200;
    -- With fewer events of a table, parallel workers save less than the temporary table takes that they need.
    parallel_from  CONSTANT integer := 20000;
    by_id          CONSTANT text := 'log.i_id_batch = $2 AND log.i_id_event = ANY ($1)';
    by_range       CONSTANT text := 'log.i_id_batch = $2 AND log.i_id_event BETWEEN $1[1] AND $1[cardinality($1)]';
    unparted       CONSTANT text := 'SELECT NULL::regclass AS relation, $1 AS ids, NULL::bigint[] AS ddl, $2, $3, $4'
                       ' WHERE $1 <> ''{}''';
    caller_path    CONSTANT text := current_setting('search_path');
    nested_loops   CONSTANT text := current_setting('enable_nestloop');
    status         sch_chameleon.ty_replay_status;
    batch_id       bigint;
    log_table      text;
    pending        bigint[];
    chunk          bigint[];
    whole          boolean := false;
    run            bigint[];
    run_start      integer := 1;
    run_ends       integer[];
    run_number     integer := 1;
    parts          text;
    part           record;
    col            record;
    key            record;
    idx            record;
    dominant       boolean;
    ids            bigint[];
    folding        text;
    folded_in      text;
    folded         boolean;
    statements     text;
    event          record;
    in_order       boolean := false;
    disabled       bigint[] := '{}';
    message        text;
    row_events     bigint := 0;
    ddl_events     bigint := 0;
    strays         bigint := 0;
    finished       boolean;
BEGIN
    IF max_events < 1 IS NOT FALSE THEN
        RAISE EXCEPTION 'a call takes % events, a number above 0 is needed', max_events;
    END IF;
    status.b_continue := false;
    status.b_error := false;
    -- Batches have no log table of their own before catalogue 2.0.5; their parent then stands for all of them.
    SELECT ids.i_id_batch, ids.i_id_event, coalesce(to_jsonb(bat) ->> 'v_log_table', 't_log_replica')
    INTO batch_id, pending, log_table
    FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events ids USING (i_id_batch)
    WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed
    ORDER BY bat.ts_created LIMIT 1
    FOR UPDATE OF ids;
    IF batch_id IS NULL THEN
        RETURN status;
    END IF;
    pending := ARRAY(SELECT unnest(pending) ORDER BY 1);
    chunk := pending[1:max_events];

    -- Builds the statement of each event with an id in $1, of the batch $2 and the source $3.
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
        FROM sch_chameleon.%I log
        JOIN sch_chameleon.t_replica_tables tab USING (v_schema_name, v_table_name)
        CROSS JOIN LATERAL (
            SELECT string_agg(format('%%I = %%L', name, CASE log.enm_binlog_event
                WHEN 'update' THEN log.jsb_event_before ELSE log.jsb_event_after END ->> name), ' AND ') AS condition
            FROM unnest(tab.v_table_pkey) AS name WHERE log.enm_binlog_event <> 'ddl'
        ) row_key
        WHERE %s AND tab.i_id_source = $3 AND tab.b_replica_enabled
        ORDER BY log.i_id_event
        $query$, log_table, by_id);

    -- First as if no event were in error, by runs of events, each of which a DDL event or the chunk ends.
    BEGIN
        run_ends := ARRAY[cardinality(chunk)];
        IF cardinality(chunk) < fold_from THEN
            parts := unparted;
        ELSE
            -- A range of ids is read several times as fast as single ones, where the batch has no others in it.
            whole := chunk[cardinality(chunk)] - chunk[1] = cardinality(chunk) - 1;
            IF NOT whole THEN
                EXECUTE format($query$
                    SELECT array_agg(i_id_event) = $1
                    FROM (SELECT i_id_event FROM sch_chameleon.%I log WHERE %s ORDER BY i_id_event) log
                    $query$, log_table, by_range) INTO whole USING chunk, batch_id;
            END IF;
            -- Parts the run $1: the events of each table that has enough of them, then all others; with each part come
            -- the DDL events of the run. Where a change of one table can reach another, which a cascading foreign key
            -- does not unless a trigger or rule follows it, all stay together.
            parts := format($query$
                WITH taken AS (
                    SELECT tab.v_schema_name, tab.v_table_name, tab.v_table_pkey::text[] AS key, log.is_ddl, log.ids,
                        to_regclass(format('%%I.%%I', tab.v_schema_name, tab.v_table_name)) AS relation
                    FROM (
                        SELECT v_schema_name, v_table_name, enm_binlog_event = 'ddl' AS is_ddl,
                            array_agg(i_id_event) AS ids
                        FROM sch_chameleon.%I log WHERE %s GROUP BY 1, 2, 3
                    ) log JOIN sch_chameleon.t_replica_tables tab USING (v_schema_name, v_table_name)
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
        END IF;
        WHILE run_number <= cardinality(run_ends) LOOP
            run := chunk[run_start:run_ends[run_number]];
            FOR part IN EXECUTE parts USING run, batch_id, source_id, fold_from LOOP
                IF cardinality(run_ends) = 1 AND part.ddl IS NOT NULL THEN
                    run_ends := ARRAY(SELECT width_bucket(id, chunk) FROM unnest(part.ddl) AS id ORDER BY 1)
                        || cardinality(chunk);
                    IF cardinality(chunk) < fold_from * cardinality(run_ends) THEN
                        run_ends := ARRAY[cardinality(chunk)];
                        parts := unparted;
                    END IF;
                    run_number := 0;
                    EXIT;
                END IF;
                folded := false;
                IF part.relation IS NOT NULL THEN
                    -- The pieces of the fold's statement, from the table's columns, key and indexes.
                    SELECT array_agg(attname::text) AS keys, string_agg(format('%I', attname), ', ' ORDER BY attnum) AS names,
                        string_agg(value, ', ' ORDER BY attnum) AS images,
                        string_agg(format('%I = %s', attname, value), ', ') AS assignments,
                        string_agg(format(' AND (image).%I IS NOT NULL', attname), '') FILTER (WHERE attnotnull)
                            AS required,
                        '0' || coalesce(string_agg(format(' + coalesce(pg_column_size((image).%I), 0)', attname), '')
                            FILTER (WHERE attlen = -1 AND EXISTS (
                                SELECT FROM pg_index WHERE indrelid = attrelid AND attnum = ANY (indkey))), '') AS size,
                        string_agg(format(', (after ->> %L)::%s AS json_%s', attname, typname, attnum), '')
                            FILTER (WHERE is_json) AS decoded,
                        string_agg(format(', json_%s', attnum), '') FILTER (WHERE is_json) AS documents,
                        bool_and(attcollation = typcollation AND (typtype = 'e' OR typtype = 'b'
                            AND typnamespace = 'pg_catalog'::regnamespace AND typcategory <> 'A')) AS foldable
                    INTO col
                    FROM pg_attribute JOIN pg_type typ ON typ.oid = atttypid
                    -- A string in a jsonb image is not read as a document where the column is one.
                    CROSS JOIN LATERAL (SELECT typname IN ('json', 'jsonb') AS is_json) kind
                    CROSS JOIN LATERAL (
                        SELECT CASE WHEN is_json THEN format('folded.json_%s', attnum)
                            ELSE format('(folded.image).%I', attname) END AS value
                    ) item
                    WHERE attrelid = part.relation AND attnum > 0 AND NOT attisdropped;

                    SELECT array_agg(attnum ORDER BY attnum) AS numbers,
                        string_agg(format('key_%s', n), ', ' ORDER BY n) AS names,
                        string_agg(format('touch.key_%s', n), ', ' ORDER BY n) AS owners,
                        string_agg(format('target.%I', name), ', ' ORDER BY n) AS stored,
                        string_agg(format('(image).%I', name), ', ' ORDER BY n) AS images,
                        string_agg(format('old_%s', n), ', ' ORDER BY n) AS olds,
                        string_agg(format('CASE WHEN has THEN (image).%1$I ELSE old_%2$s END AS key_%2$s', name, n), ', '
                            ORDER BY n) AS touched,
                        -- Without the type modifier, as in a comparison with a literal.
                        string_agg(format('(before ->> %L)::%s AS old_%s', name, format_type(atttypid, -1), n), ', '
                            ORDER BY n) AS departed,
                        string_agg(format('target.%I = folded.key_%s', name, n), ' AND ' ORDER BY n) AS match
                    INTO key
                    FROM unnest(part.key) WITH ORDINALITY AS item (name, n)
                    JOIN pg_attribute ON attrelid = part.relation AND attname = name AND attnum > 0 AND NOT attisdropped;

                    SELECT bool_or(indisprimary AND numbers = key.numbers) AND bool_and(NOT indisexclusion
                            AND indexprs IS NULL AND indpred IS NULL AND (plain OR NOT indisunique)) AS foldable,
                        coalesce(string_agg(format($check$
    AND NOT EXISTS (
        SELECT FROM touch WHERE (%1$s) IS NOT NULL GROUP BY %1$s HAVING count(DISTINCT (%2$s)) > 1)
    AND NOT EXISTS (
        SELECT FROM touch JOIN %3$s target ON (%4$s) = (%1$s) WHERE (%5$s) <> (%2$s))
                            $check$, images, key.owners, part.relation, stored, key.stored), '')
                            FILTER (WHERE indisunique AND numbers <> key.numbers), '') AS checks
                    INTO idx
                    FROM pg_index ind CROSS JOIN LATERAL (
                        SELECT array_agg(attnum ORDER BY attnum) AS numbers,
                            string_agg(format('(touch.image).%I', attname), ', ' ORDER BY attnum) AS images,
                            string_agg(format('target.%I', attname), ', ' ORDER BY attnum) AS stored,
                            -- Columns besides the unique ones came with 11, NULLS NOT DISTINCT with 15.
                            coalesce(to_jsonb(ind) ->> 'indnkeyatts', indnatts::text) = indnatts::text
                                AND coalesce(to_jsonb(ind) ->> 'indnullsnotdistinct', 'false') = 'false'
                                AND indcollation::oid[] <@ '{0,100}' AS plain
                        FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)
                    ) item
                    WHERE indrelid = part.relation;
                    folded := col.foldable AND idx.foldable;
                END IF;
                IF folded THEN
                    BEGIN
                        dominant := whole AND cardinality(part.ids) * 4 > cardinality(run);
                        ids := CASE WHEN dominant THEN run ELSE part.ids END;
                        -- A table that has grown since PostgreSQL took it for a small one must not be read for each key.
                        PERFORM set_config('enable_nestloop', part.large::text, true);
                        folding := format($fold$
WITH touch AS (
    SELECT id, %4$s, CASE WHEN has THEN image END AS image%5$s, had, has,
        -- Longer values may be too long for an index.
        NOT has OR coalesce(complete%6$s AND %7$s < 2000, false) AS sound
    FROM (
        SELECT id, kind, %8$s, jsonb_populate_record(NULL::%1$s, after) AS image%9$s,
            -- jsonb is ordered by the number of pairs first, then by the pairs, of which this has the least.
            after < %10$L AND after ?& %11$L AS complete
        FROM (
            -- The empty document makes after a copy that is not toasted. OFFSET keeps it and the image from being made
            -- again. It has to be a bigint, as this literal is: parallel workers stay below one that must be cast.
            SELECT i_id_event AS id, enm_binlog_event AS kind,
                CASE WHEN enm_binlog_event <> 'delete' THEN jsb_event_after || '{}' END AS after,
                CASE enm_binlog_event WHEN 'update' THEN jsb_event_before WHEN 'delete' THEN jsb_event_after END AS before
            FROM %2$s AND enm_binlog_event <> 'ddl' OFFSET '0'
        ) plain OFFSET '0'
    ) event
    -- What an event does to a key: whether it had a row before, and has one after. A move does so to two keys.
    JOIN (VALUES ('insert', false, true), ('stay', true, true), ('move', true, false), ('move', false, true),
        ('delete', true, false)) effect (change, had, has)
    ON change = CASE kind WHEN 'insert' THEN 'insert' WHEN 'delete' THEN 'delete'
        ELSE CASE WHEN (%12$s) IS DISTINCT FROM (%13$s) THEN 'move' ELSE 'stay' END END
), folded AS (
    SELECT *, sound AND next IS NULL AND (%3$s) IS NOT NULL AS exact
    FROM (
        SELECT *, first_value(had) OVER events AS started, lead(had) OVER events AS next
        FROM touch WINDOW events AS (PARTITION BY %3$s ORDER BY id, has)
    ) chain
    WHERE (sound AND next = has) IS NOT TRUE
)
                            $fold$, part.relation, format(
                                'sch_chameleon.%I log WHERE %s AND v_schema_name = %L AND v_table_name = %L', log_table,
                                CASE WHEN dominant THEN by_range ELSE by_id END, part.v_schema_name, part.v_table_name),
                            key.names, key.touched, col.documents, col.required, col.size, key.departed, col.decoded,
                            (SELECT jsonb_object_agg(CASE n WHEN 0 THEN '' ELSE chr(n) END, NULL::text)
                            FROM generate_series(0, cardinality(col.keys)) AS n),
                            col.keys, key.olds, key.images);
                        folded_in := 'folded';
                        -- PostgreSQL has parallel workers for a query that makes a table, and none for one that changes one.
                        IF cardinality(part.ids) >= parallel_from AND idx.checks = ''
                            AND has_database_privilege(current_database(), 'TEMPORARY')
                        THEN
                            EXECUTE 'CREATE TEMPORARY TABLE chameleon_folded AS ' || folding || ' TABLE folded'
                                USING ids, batch_id;
                            folded_in := 'pg_temp.chameleon_folded';
                            folding := NULL;
                        END IF;
                        EXECUTE format($fold$%8$s updated AS (
    UPDATE %1$s target SET %3$s FROM %2$s folded WHERE %4$s AND folded.started AND folded.has RETURNING folded.started
), deleted AS (
    DELETE FROM %1$s target USING %2$s folded WHERE %4$s AND NOT folded.has RETURNING folded.started
), inserted AS (
    INSERT INTO %1$s (%5$s) SELECT %6$s FROM %2$s folded WHERE has AND NOT started
), found AS (
    SELECT started FROM updated UNION ALL SELECT started FROM deleted
)
SELECT expected.exact AND expected.rows = actual.rows AND actual.started%7$s
FROM (SELECT bool_and(exact) AS exact, count(*) FILTER (WHERE started) AS rows FROM %2$s folded) expected,
    (SELECT coalesce(bool_and(started), true) AS started, count(*) AS rows FROM found) actual
                            $fold$, part.relation, folded_in, col.assignments, key.match, col.names, col.images,
                            idx.checks, coalesce(folding || ',', 'WITH'))
                        INTO folded USING ids, batch_id;
                        IF folded IS NOT TRUE THEN
                            RAISE EXCEPTION 'only in order';
                        END IF;
                        PERFORM set_config('enable_nestloop', nested_loops, true);
                        IF folding IS NULL THEN
                            DROP TABLE pg_temp.chameleon_folded;
                        END IF;
                        row_events := row_events + cardinality(part.ids);
                    EXCEPTION WHEN OTHERS THEN
                        folded := false;
                    END;
                END IF;
                CONTINUE WHEN folded;
                FOR event IN EXECUTE statements USING part.ids, batch_id, source_id LOOP
                    EXECUTE event.statement;
                    IF event.enm_binlog_event = 'ddl' THEN
                        PERFORM set_config('search_path', caller_path, false);
                        ddl_events := ddl_events + 1;
                    ELSE
                        row_events := row_events + 1;
                    END IF;
                END LOOP;
            END LOOP;
            run_start := coalesce(run_ends[run_number] + 1, 1);
            run_number := run_number + 1;
        END LOOP;
    EXCEPTION WHEN OTHERS THEN
        in_order := true;
        row_events := 0;
        ddl_events := 0;
    END;

    -- Then, as there is one, all of the chunk in order, each event in a subtransaction of its own.
    IF in_order THEN
        FOR event IN EXECUTE statements USING chunk, batch_id, source_id LOOP
            CONTINUE WHEN event.i_id_table = ANY (disabled);
            BEGIN
                EXECUTE event.statement;
                IF event.enm_binlog_event = 'ddl' THEN
                    PERFORM set_config('search_path', caller_path, false);
                    ddl_events := ddl_events + 1;
                ELSE
                    row_events := row_events + 1;
                END IF;
            EXCEPTION WHEN OTHERS THEN
                message := format('%s - %s', SQLSTATE, SQLERRM);
                INSERT INTO sch_chameleon.t_error_log (
                    i_id_batch, i_id_source, v_schema_name, v_table_name, t_table_pkey,
                    t_binlog_name, i_binlog_position, ts_error, t_sql, t_error_message)
                VALUES (
                    batch_id, source_id, event.v_schema_name, event.v_table_name, coalesce(event.row_key, 'N/A'),
                    coalesce(event.t_binlog_name, ''), coalesce(event.i_binlog_position, 0),
                    clock_timestamp(), event.statement, message);
                status.v_table_error := array_append(status.v_table_error, format(
                    '%I.%I: %s', event.v_schema_name, event.v_table_name, message)::varchar);
                IF exit_on_error THEN
                    status.b_error := true;
                    EXIT;
                END IF;
                disabled := disabled || event.i_id_table;
            END;
        END LOOP;
        IF status.b_error THEN
            chunk := ARRAY(SELECT id FROM unnest(chunk) AS id WHERE id < event.i_id_event ORDER BY id);
        END IF;
    END IF;

    UPDATE sch_chameleon.t_last_replayed rep SET ts_last_replayed = to_timestamp(log.i_my_event_time)
    FROM sch_chameleon.t_log_replica log
    WHERE rep.i_id_source = source_id AND log.i_id_event = chunk[cardinality(chunk)] AND log.i_id_batch = batch_id
        AND log.i_my_event_time IS NOT NULL;
    IF disabled <> '{}' THEN
        UPDATE sch_chameleon.t_replica_tables SET b_replica_enabled = false WHERE i_id_table = ANY (disabled);
        EXECUTE format($query$
            DELETE FROM sch_chameleon.%I log USING sch_chameleon.t_replica_tables tab
            WHERE log.i_id_batch = $1 AND tab.i_id_table = ANY ($2)
                AND tab.v_schema_name = log.v_schema_name AND tab.v_table_name = log.v_table_name
            $query$, log_table) USING batch_id, disabled;
    END IF;
    EXECUTE format('DELETE FROM sch_chameleon.%I log WHERE %s', log_table,
        CASE WHEN whole THEN by_range ELSE by_id END) USING chunk, batch_id;
    finished := row_events + ddl_events = 0 AND chunk = pending;
    IF finished THEN
        EXECUTE format('DELETE FROM sch_chameleon.%I WHERE i_id_batch = $1', log_table) USING batch_id;
        GET DIAGNOSTICS strays = ROW_COUNT;
        DELETE FROM sch_chameleon.t_batch_events WHERE i_id_batch = batch_id;
    ELSE
        UPDATE sch_chameleon.t_batch_events SET i_id_event = pending[cardinality(chunk) + 1:]
        WHERE i_id_batch = batch_id;
    END IF;
    UPDATE sch_chameleon.t_replica_batch
    SET b_replayed = finished,
        ts_replayed = clock_timestamp(),
        i_replayed = coalesce(i_replayed, 0) + row_events,
        i_ddl = coalesce(i_ddl, 0) + ddl_events,
        i_skipped = coalesce(i_skipped, 0) + cardinality(chunk) - row_events - ddl_events + strays
    WHERE i_id_batch = batch_id;
    status.b_continue := NOT status.b_error AND EXISTS (
        SELECT FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events USING (i_id_batch)
        WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed);
    RETURN status;
END
$function$;

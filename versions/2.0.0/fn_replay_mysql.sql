-- Purpose:   replays the oldest pending batch of a source, event by event in the order of i_id_event.
-- Arguments: the greatest number of events to take in this call; the source's i_id_source; whether to stop at
--            the first error. Without that, a table with an error is disabled and the others go on.
-- Result:    b_continue: whether to call again; b_error: whether it stopped at an error; v_table_error: a line
--            per table in error. At a stop, what came before the event in error stays applied and is accounted
--            for, so that the next call begins with that event.
-- Touches:   the registered and enabled tables; t_batch_events, the batch's log table, t_replica_batch,
--            t_replica_tables, t_last_replayed, t_error_log.
CREATE OR REPLACE FUNCTION sch_chameleon.fn_replay_mysql(integer, integer, boolean)
RETURNS sch_chameleon.ty_replay_status
LANGUAGE plpgsql AS $function$
DECLARE
    max_events     ALIAS FOR $1;
    source_id      ALIAS FOR $2;
    exit_on_error  ALIAS FOR $3;
    caller_path    text := current_setting('search_path');
    status         sch_chameleon.ty_replay_status;
    batch_id       bigint;
    log_table      text;
    pending        bigint[];
    chunk          bigint[];
    event          record;
    disabled       bigint[] := '{}';
    row_events     bigint := 0;
    ddl_events     bigint := 0;
    replay_time    timestamp;
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

    FOR event IN EXECUTE format(
        'SELECT log.*, tab.i_id_table, tab.v_table_pkey
        FROM unnest($1) AS id
        JOIN sch_chameleon.%I log ON log.i_id_event = id AND log.i_id_batch = $2
        JOIN sch_chameleon.t_replica_tables tab USING (v_schema_name, v_table_name)
        WHERE tab.i_id_source = $3 AND tab.b_replica_enabled
        ORDER BY log.i_id_event', log_table) USING chunk, batch_id, source_id
    LOOP
        CONTINUE WHEN event.i_id_table = ANY (disabled);
        DECLARE
            key_image  jsonb := CASE event.enm_binlog_event
                                    WHEN 'update' THEN event.jsb_event_before ELSE event.jsb_event_after END;
            row_key    text;
            statement  text;
            message    text;
        BEGIN
            SELECT string_agg(format('%I = %L', name, key_image ->> name), ' AND ') INTO row_key
            FROM unnest(event.v_table_pkey) AS name WHERE event.enm_binlog_event <> 'ddl';
            statement := CASE event.enm_binlog_event
                WHEN 'ddl' THEN event.t_query
                WHEN 'insert' THEN (
                    SELECT format('INSERT INTO %I.%I (%s) VALUES (%s)', event.v_schema_name, event.v_table_name,
                        string_agg(format('%I', name), ', '), string_agg(format('%L', value), ', '))
                    FROM jsonb_each_text(event.jsb_event_after) AS item (name, value))
                WHEN 'update' THEN (
                    SELECT format('UPDATE %I.%I SET %s WHERE %s', event.v_schema_name, event.v_table_name,
                        string_agg(format('%I = %L', name, value), ', '), row_key)
                    FROM jsonb_each_text(event.jsb_event_after) AS item (name, value))
                WHEN 'delete' THEN
                    format('DELETE FROM %I.%I WHERE %s', event.v_schema_name, event.v_table_name, row_key)
            END;
            EXECUTE statement;
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
                batch_id, source_id, event.v_schema_name, event.v_table_name, coalesce(row_key, 'N/A'),
                coalesce(event.t_binlog_name, ''), coalesce(event.i_binlog_position, 0),
                clock_timestamp(), statement, message);
            status.v_table_error := array_append(status.v_table_error, format(
                '%I.%I: %s', event.v_schema_name, event.v_table_name, message)::varchar);
            IF exit_on_error THEN
                status.b_error := true;
                EXIT;
            END IF;
            disabled := disabled || event.i_id_table;
            UPDATE sch_chameleon.t_replica_tables SET b_replica_enabled = false
            WHERE i_id_table = event.i_id_table;
            EXECUTE format(
                'DELETE FROM sch_chameleon.%I WHERE i_id_batch = $1 AND v_schema_name = $2 AND v_table_name = $3',
                log_table) USING batch_id, event.v_schema_name, event.v_table_name;
        END;
    END LOOP;

    IF status.b_error THEN
        chunk := ARRAY(SELECT id FROM unnest(chunk) AS id WHERE id < event.i_id_event ORDER BY id);
    END IF;
    EXECUTE format(
        'WITH done AS (
            DELETE FROM sch_chameleon.%I log USING unnest($1) AS id
            WHERE log.i_id_event = id AND log.i_id_batch = $2
            RETURNING log.i_id_event, log.i_my_event_time)
        SELECT to_timestamp(i_my_event_time) FROM done ORDER BY i_id_event DESC LIMIT 1', log_table)
    INTO replay_time USING chunk, batch_id;
    UPDATE sch_chameleon.t_last_replayed SET ts_last_replayed = replay_time
    WHERE i_id_source = source_id AND replay_time IS NOT NULL;

    finished := row_events + ddl_events = 0 AND chunk = pending;
    UPDATE sch_chameleon.t_replica_batch
    SET b_replayed = finished,
        ts_replayed = clock_timestamp(),
        i_replayed = coalesce(i_replayed, 0) + row_events,
        i_ddl = coalesce(i_ddl, 0) + ddl_events,
        i_skipped = coalesce(i_skipped, 0) + cardinality(chunk) - row_events - ddl_events
    WHERE i_id_batch = batch_id;
    IF finished THEN
        DELETE FROM sch_chameleon.t_batch_events WHERE i_id_batch = batch_id;
    ELSE
        UPDATE sch_chameleon.t_batch_events SET i_id_event = pending[cardinality(chunk) + 1:]
        WHERE i_id_batch = batch_id;
    END IF;
    status.b_continue := NOT status.b_error AND EXISTS (
        SELECT FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events USING (i_id_batch)
        WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed);
    RETURN status;
END
$function$;

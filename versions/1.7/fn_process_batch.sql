-- Purpose:   replays the oldest pending batch of a source, event by event in the order of i_id_event.
-- Arguments: the greatest number of events to take in this call; the source's i_id_source.
-- Result:    true where there is more to do. An error leaves the call without effect.
-- Touches:   the registered tables; t_batch_events, t_log_replica, t_replica_batch, t_sources.
CREATE OR REPLACE FUNCTION sch_chameleon.fn_process_batch(integer, integer) RETURNS boolean
LANGUAGE plpgsql AS $function$
DECLARE
    max_events   ALIAS FOR $1;
    source_id    ALIAS FOR $2;
    caller_path  text := current_setting('search_path');
    batch_id     bigint;
    pending      bigint[];
    chunk        bigint[];
    event        record;
    row_events   bigint := 0;
    ddl_events   bigint := 0;
    replay_time  timestamp;
    strays       bigint := 0;
    finished     boolean;
BEGIN
    IF max_events < 1 IS NOT FALSE THEN
        RAISE EXCEPTION 'a call takes % events, a number above 0 is needed', max_events;
    END IF;
    SELECT ids.i_id_batch, ids.i_id_event INTO batch_id, pending
    FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events ids USING (i_id_batch)
    WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed
    ORDER BY bat.ts_created LIMIT 1
    FOR UPDATE OF ids;
    IF batch_id IS NULL THEN
        RETURN false;
    END IF;
    pending := ARRAY(SELECT unnest(pending) ORDER BY 1);
    chunk := pending[1:max_events];

    FOR event IN
        SELECT log.enm_binlog_event = 'ddl' AS is_ddl,
            CASE log.enm_binlog_event
                WHEN 'ddl' THEN log.t_query
                WHEN 'insert' THEN format('INSERT INTO %I.%I (%s) VALUES (%s)',
                    log.v_schema_name, log.v_table_name, image.columns, image.literals)
                WHEN 'update' THEN format('UPDATE %I.%I SET %s WHERE %s',
                    log.v_schema_name, log.v_table_name, image.assignments, key.before)
                WHEN 'delete' THEN format('DELETE FROM %I.%I WHERE %s',
                    log.v_schema_name, log.v_table_name, key.after)
            END AS statement
        FROM unnest(chunk) AS id
        JOIN sch_chameleon.t_log_replica log ON log.i_id_event = id AND log.i_id_batch = batch_id
        JOIN sch_chameleon.t_replica_tables tab USING (v_schema_name, v_table_name)
        CROSS JOIN LATERAL (
            SELECT string_agg(format('%I', name), ', ') AS columns,
                   string_agg(format('%L', value), ', ') AS literals,
                   string_agg(format('%I = %L', name, value), ', ') AS assignments
            FROM jsonb_each_text(log.jsb_event_data) AS item (name, value)
        ) image
        CROSS JOIN LATERAL (
            SELECT string_agg(format('%I = %L', name, log.jsb_event_update ->> name), ' AND ') AS before,
                   string_agg(format('%I = %L', name, log.jsb_event_data ->> name), ' AND ') AS after
            FROM unnest(
                --<< common/key_names.sql
            ) AS name
        ) key
        WHERE tab.i_id_source = source_id
        ORDER BY log.i_id_event
    LOOP
        EXECUTE event.statement;
        IF event.is_ddl THEN
            PERFORM set_config('search_path', caller_path, false);
            ddl_events := ddl_events + 1;
        ELSE
            row_events := row_events + 1;
        END IF;
    END LOOP;

    WITH done AS (
        DELETE FROM sch_chameleon.t_log_replica log USING unnest(chunk) AS id
        WHERE log.i_id_event = id AND log.i_id_batch = batch_id
        RETURNING log.i_id_event, log.i_my_event_time)
    SELECT to_timestamp(i_my_event_time) INTO replay_time FROM done ORDER BY i_id_event DESC LIMIT 1;
    UPDATE sch_chameleon.t_sources SET ts_last_replay = replay_time
    WHERE i_id_source = source_id AND replay_time IS NOT NULL;

    finished := row_events + ddl_events = 0 AND chunk = pending;
    IF finished THEN
        DELETE FROM sch_chameleon.t_log_replica WHERE i_id_batch = batch_id;
        GET DIAGNOSTICS strays = ROW_COUNT;
    END IF;
    UPDATE sch_chameleon.t_replica_batch
    SET b_replayed = finished,
        ts_replayed = clock_timestamp(),
        i_replayed = coalesce(i_replayed, 0) + row_events,
        i_ddl = coalesce(i_ddl, 0) + ddl_events,
        i_skipped = coalesce(i_skipped, 0) + cardinality(chunk) - row_events - ddl_events + strays
    WHERE i_id_batch = batch_id;
    IF finished THEN
        DELETE FROM sch_chameleon.t_batch_events WHERE i_id_batch = batch_id;
    ELSE
        UPDATE sch_chameleon.t_batch_events SET i_id_event = pending[cardinality(chunk) + 1:]
        WHERE i_id_batch = batch_id;
    END IF;
    RETURN EXISTS (
        SELECT FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events USING (i_id_batch)
        WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed);
END
$function$;

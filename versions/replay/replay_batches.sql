-- Purpose:   replays the oldest pending batches of a source wholly, or not at all. Several are taken as one, so that
--            what their events do to a row is done once.
-- Arguments: the source's i_id_source; how many batches to take.
-- Result:    a row per batch: its numbers of row events, DDL events and events of tables that are not registered, as
--            this call applied or skipped them. None where nothing is pending, and where several batches cannot be
--            taken as one: with an event in error, skipped or left over, with ids not in the order of the batches.
-- Raises:    where one batch was to be taken, the first event in error, in one line; the statement is then undone.
-- Touches:   what fn_replay_mysql touches, through the views of from_1_7.sql or from_2_0.sql.
CREATE OR REPLACE FUNCTION pg_temp.replay_batches(
    source_id bigint, at_most integer, OUT batch_id bigint, OUT replayed bigint, OUT ddl bigint, OUT skipped bigint)
RETURNS SETOF record
LANGUAGE plpgsql
AS $function$
DECLARE
    as_one      boolean := at_most > 1;
    batches     bigint[];
    logged      jsonb;
    first_done  record;
    status      pg_temp.as_2_0_ty_replay_status;
    failure     record;
BEGIN
    TRUNCATE pg_temp.as_2_0_taken, pg_temp.as_2_0_t_batch_events;
    INSERT INTO pg_temp.as_2_0_taken
        (n_order, i_id_batch, i_events, i_replayed, i_ddl, i_skipped)
    SELECT row_number() OVER (), bat.*
    FROM (
        SELECT bat.i_id_batch, cardinality(ids.i_id_event),
            coalesce(bat.i_replayed, 0), coalesce(bat.i_ddl, 0), coalesce(bat.i_skipped, 0)
        FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events ids USING (i_id_batch)
        WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed
        ORDER BY bat.ts_created, bat.i_id_batch LIMIT at_most FOR UPDATE OF ids
    ) bat;
    INSERT INTO pg_temp.as_2_0_t_batch_events
    SELECT i_id_batch, ARRAY(
        SELECT unnest(i_id_event) FROM sch_chameleon.t_batch_events JOIN pg_temp.as_2_0_taken USING (i_id_batch))
    FROM pg_temp.as_2_0_taken WHERE n_order = 1;

    batches := ARRAY(SELECT i_id_batch FROM pg_temp.as_2_0_taken ORDER BY n_order);
    IF batches = '{}' THEN
        RETURN;
    END IF;
    -- With the ids written into it, PostgreSQL knows how much of the log they are.
    EXECUTE format($view$
        CREATE OR REPLACE TEMPORARY VIEW as_2_0_t_log_replica AS
        SELECT i_id_event, %s::bigint AS i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name,
            i_binlog_position, ts_event_datetime, jsb_event_after, jsb_event_before, t_query, i_my_event_time
        FROM pg_temp.as_2_0_log WHERE i_id_batch = ANY (%L)
        $view$, batches[1], batches);

    IF as_one THEN
        -- Into a variable, as PostgreSQL has no parallel workers for what it writes into a table.
        SELECT jsonb_agg(log) INTO logged
        FROM (
            SELECT i_id_batch, count(*) AS i_logged, count(*) FILTER (WHERE enm_binlog_event = 'ddl') AS i_ddl_taken,
                min(i_id_event) AS i_first, max(i_id_event) AS i_last
            FROM sch_chameleon.t_log_replica WHERE i_id_batch = ANY (batches) GROUP BY i_id_batch
        ) log;
        UPDATE pg_temp.as_2_0_taken taken SET
            i_logged = log.i_logged, i_ddl_taken = log.i_ddl_taken, i_first = log.i_first, i_last = log.i_last
        FROM jsonb_populate_recordset(NULL::pg_temp.as_2_0_taken, logged) log
        WHERE log.i_id_batch = taken.i_id_batch;
        IF EXISTS (
            SELECT FROM (
                SELECT i_logged = i_events AND i_first > coalesce(lag(i_last) OVER (ORDER BY n_order), 0) AS sound
                FROM pg_temp.as_2_0_taken
            ) taken
            WHERE sound IS NOT TRUE)
        THEN
            RETURN;
        END IF;
    END IF;

    BEGIN
        LOOP
            status := pg_temp.as_2_0_fn_replay_mysql(2147483647, source_id::integer, true);
            SELECT bat.* INTO first_done FROM pg_temp.as_2_0_t_replica_batch bat;
            EXIT WHEN first_done.b_replayed IS NOT FALSE OR as_one OR status.b_error;
        END LOOP;
        IF status.b_error THEN
            SELECT src.t_source, err.* INTO failure
            FROM pg_temp.as_2_0_t_error_log err JOIN sch_chameleon.t_sources src USING (i_id_source)
            ORDER BY err.i_id_log DESC LIMIT 1;
            RAISE EXCEPTION '%', regexp_replace(
                format('source %s, batch %s, event at %s %s, table %I.%I, key %s: %s',
                    failure.t_source, failure.i_id_batch, failure.t_binlog_name, failure.i_binlog_position,
                    failure.v_schema_name, failure.v_table_name, failure.t_table_pkey, failure.t_error_message),
                '\s+', ' ', 'g');
        END IF;
        IF as_one THEN
            UPDATE sch_chameleon.t_replica_batch bat
            SET b_replayed = true, ts_replayed = first_done.ts_replayed,
                i_replayed = taken.i_replayed + taken.i_events - taken.i_ddl_taken,
                i_ddl = taken.i_ddl + taken.i_ddl_taken, i_skipped = taken.i_skipped
            FROM pg_temp.as_2_0_taken taken WHERE taken.i_id_batch = bat.i_id_batch;
            IF (SELECT i_skipped FROM pg_temp.as_2_0_taken WHERE n_order = 1) <> first_done.i_skipped THEN
                RAISE EXCEPTION 'an event was skipped, in which of the batches is not known';
            END IF;
        END IF;
        DELETE FROM sch_chameleon.t_batch_events ids USING pg_temp.as_2_0_taken taken
        WHERE ids.i_id_batch = taken.i_id_batch;
    EXCEPTION WHEN OTHERS THEN
        IF NOT as_one THEN
            RAISE;
        END IF;
        RETURN;
    END;
    RETURN QUERY
    SELECT taken.i_id_batch, bat.i_replayed - taken.i_replayed, bat.i_ddl - taken.i_ddl, bat.i_skipped - taken.i_skipped
    FROM pg_temp.as_2_0_taken taken JOIN sch_chameleon.t_replica_batch bat USING (i_id_batch)
    ORDER BY taken.n_order;
END
$function$;

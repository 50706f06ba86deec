-- Purpose:   replays the oldest pending batches of a source, as many as can be taken as one, so that what their events do
--            to a row is done once. At an error, those of them that come before it.
-- Arguments: the source's i_id_source; how many events to take as one at most.
-- Result:    a row per batch: its numbers of row events, DDL events and events of tables that are not registered, as
--            this call applied or skipped them, and of those left. None where nothing is pending.
-- Raises:    where the events taken have one in error, the first of them, with its id; the statement is then undone.
-- Touches:   the registered tables and the catalogue, through the views of from_1_7.sql or from_2_0.sql.
--
-- After an error a call takes fewer events. Where many have to be applied in order, it takes a part of a batch, as
-- pg_chameleon does: a row that is written again and again is slow to find before its transaction ends.
--
-- How long it takes to decode an image, which parallel workers share, is not in PostgreSQL's reckoning. In the statements of the
-- rest of the session workers that cost nothing would be started again and again, for each row of an outer table.
CREATE OR REPLACE FUNCTION pg_temp.replay_batches(
    source bigint, together bigint, OUT batch bigint, OUT replayed bigint, OUT ddl bigint, OUT skipped bigint, OUT remaining bigint)
RETURNS SETOF record
LANGUAGE plpgsql
SET parallel_setup_cost = 0
SET parallel_tuple_cost = 0
AS $function$
DECLARE
    source_id         CONSTANT integer := source;
    --<< common/fn_replay_mysql/limits.sql
    -- With fewer events in all, or of each registered table, an error in the last fifth costs less than to take that apart.
    alone_from        CONSTANT integer := 100000;
    each_from         CONSTANT integer := 2000;
    in_order_at_once  CONSTANT bigint := 2000;
    after_error       CONSTANT bigint := 10000;
    by_id             CONSTANT text := 'log.i_id_batch = $2 AND log.i_id_event = ANY ($1)';
    by_range          CONSTANT text := 'log.i_id_batch = $2 AND log.i_id_event BETWEEN $1[1] AND $1[cardinality($1)]';
    caller_path       CONSTANT text := current_setting('search_path');
    nested_loops      CONSTANT text := current_setting('enable_nestloop');
    log_table         CONSTANT text := 't_log_replica';
    batch_id          bigint;
    batches           bigint[];
    pending           bigint[];
    chunk             bigint[];
    whole             boolean;
    statements        text;
    event             record;
    row_events        bigint;
    ddl_events        bigint;
    counted           jsonb;
    most              bigint;
    most_in_order     bigint;
    in_order_events   bigint;
    in_order          boolean := false;
    said              text;
    said_detail       text;
    said_hint         text;
BEGIN
    UPDATE pg_temp.as_2_0_pace SET i_id_source = source, i_events = NULL, i_most = NULL WHERE i_id_source IS DISTINCT FROM source;
    --<< common/fn_replay_mysql/event_statements.sql
    LOOP
        --<< take.sql
        IF batches = '{}' THEN
            RETURN;
        END IF;
        row_events := 0;
        ddl_events := 0;
        BEGIN
            IF in_order THEN
                --<< find_error.sql
            ELSE
                --<< common/fn_replay_mysql/together.sql
            END IF;
            --<< account.sql
            EXIT;
        EXCEPTION WHEN OTHERS THEN
            IF in_order THEN
                RAISE;
            END IF;
            in_order := cardinality(batches) = 1 AND cardinality(chunk) <= in_order_at_once;
            UPDATE pg_temp.as_2_0_pace SET (i_events, i_most) = (
                SELECT CASE
                    -- The same again, and no other batch with it.
                    WHEN in_order THEN cardinality(chunk)
                    WHEN cardinality(chunk) > after_error THEN least(after_error, cardinality(chunk) / 2)
                    WHEN in_order_events > most_in_order OR cardinality(batches) = 1 THEN in_order_at_once
                    ELSE cardinality(chunk) / 2
                END, CASE
                    WHEN in_order_events > most_in_order AND cardinality(chunk) <= after_error THEN in_order_at_once
                    ELSE after_error
                END);
        END;
    END LOOP;
    UPDATE pg_temp.as_2_0_pace SET i_events = least(i_most, i_events * 2);
    RETURN QUERY
    SELECT i_id_batch, i_rows, i_ddl_taken, coalesce(i_logged, 0) - i_rows - i_ddl_taken,
        CASE WHEN n_order = 1 THEN cardinality(pending) - cardinality(chunk) ELSE 0 END::bigint
    FROM pg_temp.as_2_0_taken ORDER BY n_order;
END
$function$;

-- Takes batches, the last fifth of the events apart where that costs little: at an error there, the others stay applied. Counts
-- what the log has of them, and makes the view that presents them as one. An event of a table that is not registered is known
-- here already: nothing has to be undone for it. Not all is taken as one where the log has other events than the batches
-- know, or not in the order of the batches.
SELECT i_events INTO most FROM pg_temp.as_2_0_pace;
TRUNCATE pg_temp.as_2_0_taken;
WITH waiting AS (
    SELECT bat.i_id_batch, bat.ts_created, cardinality(ids.i_id_event) AS i_events,
        coalesce(bat.i_replayed, 0) AS i_replayed, coalesce(bat.i_ddl, 0) AS i_ddl, coalesce(bat.i_skipped, 0) AS i_skipped
    FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events ids USING (i_id_batch)
    WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed
    FOR UPDATE OF ids
)
INSERT INTO pg_temp.as_2_0_taken (n_order, i_id_batch, i_events, i_replayed, i_ddl, i_skipped)
SELECT n_order, i_id_batch, i_events, i_replayed, i_ddl, i_skipped
FROM (
    SELECT *, row_number() OVER oldest AS n_order, sum(i_events) OVER oldest AS up_to, sum(i_events) OVER () AS i_all
    FROM waiting WINDOW oldest AS (ORDER BY ts_created, i_id_batch)
) counted
CROSS JOIN (
    SELECT count(*) * each_from AS i_enough FROM pg_temp.as_2_0_t_replica_tables
    WHERE i_id_source = source_id AND b_replica_enabled
) registered
WHERE n_order = 1 OR up_to <= least(together, most,
    CASE WHEN i_all BETWEEN alone_from AND together AND i_all / 5 >= i_enough THEN i_all / 5 * 4 END);
batches := ARRAY(SELECT i_id_batch FROM pg_temp.as_2_0_taken ORDER BY n_order);

IF cardinality(batches) > 1 THEN
    -- Into a variable, as PostgreSQL has no parallel workers for what it writes into a table.
    SELECT jsonb_agg(log) INTO counted
    FROM (
        SELECT log.i_id_batch, count(*) AS i_logged,
            count(tab.i_id_table) FILTER (WHERE enm_binlog_event <> 'ddl') AS i_rows,
            count(tab.i_id_table) FILTER (WHERE enm_binlog_event = 'ddl') AS i_ddl_taken,
            min(i_id_event) AS i_first, max(i_id_event) AS i_last
        FROM pg_temp.as_2_0_log log
        LEFT JOIN pg_temp.as_2_0_t_replica_tables tab ON tab.v_schema_name = log.v_schema_name
            AND tab.v_table_name = log.v_table_name AND tab.i_id_source = source_id AND tab.b_replica_enabled
        WHERE log.i_id_batch = ANY (batches) GROUP BY log.i_id_batch
    ) log;
    UPDATE pg_temp.as_2_0_taken taken SET
        i_logged = log.i_logged, i_rows = log.i_rows, i_ddl_taken = log.i_ddl_taken, i_first = log.i_first, i_last = log.i_last
    FROM jsonb_populate_recordset(NULL::pg_temp.as_2_0_taken, counted) log
    WHERE log.i_id_batch = taken.i_id_batch;
    IF EXISTS (
        SELECT FROM (
            SELECT i_logged = i_events AND i_first > coalesce(lag(i_last) OVER (ORDER BY n_order), 0) AS sound
            FROM pg_temp.as_2_0_taken
        ) taken
        WHERE sound IS NOT TRUE)
    THEN
        batches := batches[1:1];
        DELETE FROM pg_temp.as_2_0_taken WHERE n_order > 1;
    END IF;
END IF;
batch_id := batches[1];
pending := ARRAY(
    SELECT id FROM sch_chameleon.t_batch_events, unnest(i_id_event) AS id WHERE i_id_batch = ANY (batches) ORDER BY id);
-- Of several batches none is divided.
chunk := CASE WHEN most IS NULL OR cardinality(batches) > 1 THEN pending ELSE pending[1:greatest(most, in_order_at_once)] END;
-- A few more in order cost less than to divide what can be folded.
most_in_order := CASE WHEN cardinality(batches) > 1 OR cardinality(chunk) > in_order_at_once
    THEN greatest(in_order_at_once, cardinality(chunk) / 40) END;
-- With the ids written into it, PostgreSQL knows how much of the log they are.
EXECUTE format($view$
    CREATE OR REPLACE TEMPORARY VIEW as_2_0_t_log_replica AS
    SELECT i_id_event, %1$s::bigint AS i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name,
        i_binlog_position, ts_event_datetime, jsb_event_after, jsb_event_before, t_query, i_my_event_time
    FROM pg_temp.as_2_0_log WHERE i_id_batch = ANY (%2$L)
    $view$, coalesce(batch_id, 0), batches);

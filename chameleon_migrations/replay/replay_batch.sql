-- Purpose:   replays the oldest pending batch of a source wholly, or not at all.
-- Arguments: the source's i_id_source.
-- Result:    the batch and its numbers of row events, DDL events and events of tables that are not registered, as
--            this call applied or skipped them; NULLs where nothing is pending.
-- Raises:    the first event in error, in one line; the statement is then undone as a whole.
-- Touches:   what fn_replay_mysql touches; in a catalogue 1.7, through the views of as_2_0.sql.
CREATE OR REPLACE FUNCTION pg_temp.replay_batch(
    source_id bigint, OUT batch_id bigint, OUT replayed bigint, OUT ddl bigint, OUT skipped bigint)
LANGUAGE plpgsql AS $function$
DECLARE
    batch_before  record;
    batch_after   record;
    status        pg_temp.as_2_0_ty_replay_status;
    failure       record;
BEGIN
    SELECT bat.* INTO batch_before
    FROM sch_chameleon.t_replica_batch bat JOIN sch_chameleon.t_batch_events USING (i_id_batch)
    WHERE bat.i_id_source = source_id AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed
    ORDER BY bat.ts_created LIMIT 1;
    batch_after := batch_before;
    WHILE NOT batch_after.b_replayed LOOP
        status := pg_temp.as_2_0_fn_replay_mysql(2147483647, source_id::integer, true);
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
        SELECT * INTO batch_after
        FROM sch_chameleon.t_replica_batch WHERE i_id_batch = batch_before.i_id_batch;
    END LOOP;
    batch_id := batch_before.i_id_batch;
    replayed := batch_after.i_replayed - coalesce(batch_before.i_replayed, 0);
    ddl := batch_after.i_ddl - coalesce(batch_before.i_ddl, 0);
    skipped := batch_after.i_skipped - coalesce(batch_before.i_skipped, 0);
END
$function$;

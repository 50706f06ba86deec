-- Applies the batch in order, up to the event that PostgreSQL refuses.
row_events := 0;
ddl_events := 0;
BEGIN
    FOR event IN EXECUTE statements USING chunk, batch_id, source_id LOOP
        --<< common/fn_replay_mysql/event.sql
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION '%', regexp_replace(
        format('source %s, batch %s, event at %s %s, table %I.%I, key %s: %s - %s',
            (SELECT t_source FROM sch_chameleon.t_sources WHERE i_id_source = source_id), batch_id,
            event.t_binlog_name, coalesce(event.i_binlog_position, 0), event.v_schema_name, event.v_table_name,
            coalesce(event.row_key, 'N/A'), SQLSTATE, SQLERRM),
        '[[:space:]]+', ' ', 'g');
END;

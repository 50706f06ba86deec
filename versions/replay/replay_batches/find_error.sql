-- Applies the batch in order, up to the event that PostgreSQL refuses, and raises what it said with what it takes to find the event.
row_events := 0;
ddl_events := 0;
SELECT NULL::bigint AS i_id_event INTO event;
BEGIN
    FOR event IN EXECUTE statements USING chunk, batch_id, source_id LOOP
        --<< common/fn_replay_mysql/event.sql
    END LOOP;
EXCEPTION WHEN OTHERS THEN
    -- The log could not be read, as where a sort has no room.
    IF event.i_id_event IS NULL THEN
        RAISE;
    END IF;
    GET STACKED DIAGNOSTICS said_detail = PG_EXCEPTION_DETAIL, said_hint = PG_EXCEPTION_HINT;
    said := format('source %s, batch %s, event %s at %s %s, %s: %s',
        (SELECT t_source FROM sch_chameleon.t_sources WHERE i_id_source = source_id), batch_id,
        event.i_id_event, event.t_binlog_name, coalesce(event.i_binlog_position, 0),
        CASE
            WHEN event.enm_binlog_event = 'ddl' THEN format('which is DDL of the table %I.%I: %s',
                event.v_schema_name, event.v_table_name, trim(event.statement))
            ELSE format('table %I.%I, key %s', event.v_schema_name, event.v_table_name, coalesce(event.row_key, 'N/A'))
        END,
        SQLSTATE || ' - ' || SQLERRM);
    IF said_detail || said_hint = '' THEN
        RAISE EXCEPTION '%', said;
    END IF;
    RAISE EXCEPTION USING MESSAGE = said, DETAIL = said_detail, HINT = said_hint;
END;

-- Applies an event and counts it. A DDL event may leave another search_path behind.
EXECUTE event.statement;
IF event.enm_binlog_event = 'ddl' THEN
    PERFORM set_config('search_path', caller_path, false);
    ddl_events := ddl_events + 1;
ELSE
    row_events := row_events + 1;
END IF;

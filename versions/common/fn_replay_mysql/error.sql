-- Records the error of an event: a row of t_error_log, a line of the result.
message := format('%s - %s', SQLSTATE, SQLERRM);
INSERT INTO @catalogue.t_error_log (
    i_id_batch, i_id_source, v_schema_name, v_table_name, t_table_pkey,
    t_binlog_name, i_binlog_position, ts_error, t_sql, t_error_message)
VALUES (
    batch_id, source_id, event.v_schema_name, event.v_table_name, coalesce(event.row_key, 'N/A'),
    coalesce(event.t_binlog_name, ''), coalesce(event.i_binlog_position, 0),
    clock_timestamp(), event.statement, message);
status.v_table_error := array_append(status.v_table_error, format(
    '%I.%I: %s', event.v_schema_name, event.v_table_name, message)::varchar);

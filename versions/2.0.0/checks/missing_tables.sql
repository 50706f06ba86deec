-- title:   Tables with pending events exist
-- failure: registered tables with pending events are missing in PostgreSQL
-- remedy:  Restore the table as it was, from a backup; or take it out of the replica with the statement above, and its events are
--          skipped. Then run again.
--
-- Every registered table with pending events is in PostgreSQL, or one of them creates it.
SELECT format(
    '%I.%I of the source %s, %s events: DELETE FROM sch_chameleon.t_replica_tables WHERE i_id_table = %s;',
    v_schema_name, v_table_name, t_source, events, i_id_table
)
FROM (
    --<< common/missing_tables.sql
) AS missing
WHERE events > 0 AND NOT is_created
ORDER BY t_source, v_schema_name, v_table_name

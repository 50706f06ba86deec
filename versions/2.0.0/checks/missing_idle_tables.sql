-- title:   Registered tables exist
-- failure: a registered table is missing in PostgreSQL
-- remedy:  it stays registered and enabled: where MySQL has it, copy it anew with sync_tables after the migration; where MySQL
--          has dropped it, take it out of the replica with that statement
--
-- Registered tables without pending events that are not in PostgreSQL.
SELECT format(
    '%I.%I of the source %s: DELETE FROM sch_chameleon.t_replica_tables WHERE v_schema_name = %L AND v_table_name = %L',
    v_schema_name, v_table_name, t_source, v_schema_name, v_table_name
)
FROM (
    --<< common/missing_tables.sql
) AS missing
WHERE events = 0
ORDER BY t_source, v_schema_name, v_table_name

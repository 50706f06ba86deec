-- Every table registered in 1.7, into the new source that takes its old source in.
--
-- One past the position up to which its events are applied: pg_chameleon applies an event again when the event's end
-- is equal to the stored position.

INSERT INTO sch_chameleon.t_replica_tables (
    i_id_source, v_schema_name, v_table_name, v_table_pkey, t_binlog_name, i_binlog_position, b_replica_enabled
)
SELECT
    new.i_id_source, old.v_schema_name, old.v_table_name, old.v_table_pkey, old.t_binlog_name, old.i_binlog_position + 1, true
FROM pg_temp.chameleon_old_table AS old
JOIN sch_chameleon.t_sources AS new ON new.t_source = old.t_new_source;

-- Purpose:   presents the log, the tables and the times of a catalogue 2.0.0 to this session.
-- Touches:   nothing but temporary views.
CREATE TEMPORARY VIEW as_2_0_log AS
SELECT i_id_event, i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name, i_binlog_position, ts_event_datetime,
       jsb_event_after, jsb_event_before, t_query, i_my_event_time
FROM sch_chameleon.t_log_replica;

CREATE TEMPORARY VIEW as_2_0_t_replica_tables AS SELECT * FROM sch_chameleon.t_replica_tables;

CREATE TEMPORARY VIEW as_2_0_t_last_replayed AS SELECT * FROM sch_chameleon.t_last_replayed;

-- Purpose:   presents the catalogue 1.7 in the shape of 2.0.0 to this session, for the replay function of 2.0.0.
-- Touches:   nothing but temporary objects. PostgreSQL looks for a table among these first, also where pending DDL
--            means a replicated one: hence their prefix, so that a replicated table may be called t_sources.
DROP VIEW IF EXISTS pg_temp.as_2_0_t_replica_batch, pg_temp.as_2_0_t_batch_events, pg_temp.as_2_0_t_log_replica,
    pg_temp.as_2_0_t_replica_tables, pg_temp.as_2_0_t_last_replayed;
DROP TABLE IF EXISTS pg_temp.as_2_0_t_error_log;
DROP TYPE IF EXISTS pg_temp.as_2_0_ty_replay_status CASCADE;

CREATE TYPE pg_temp.as_2_0_ty_replay_status AS (b_continue boolean, b_error boolean, v_table_error varchar[]);

CREATE TEMPORARY VIEW as_2_0_t_replica_batch AS SELECT * FROM sch_chameleon.t_replica_batch;

CREATE TEMPORARY VIEW as_2_0_t_batch_events AS SELECT * FROM sch_chameleon.t_batch_events;

CREATE TEMPORARY VIEW as_2_0_t_log_replica AS
SELECT i_id_event, i_id_batch, v_table_name, v_schema_name, enm_binlog_event, t_binlog_name, i_binlog_position,
       ts_event_datetime, jsb_event_data AS jsb_event_after, jsb_event_update AS jsb_event_before, t_query,
       i_my_event_time
FROM sch_chameleon.t_log_replica;

-- In 1.7 the key is one string of quoted names, such as "id","Item,Id": a comma alone does not part them.
CREATE TEMPORARY VIEW as_2_0_t_replica_tables AS
SELECT i_id_table, i_id_source, v_table_name, v_schema_name,
       string_to_array(regexp_replace(v_table_pkey[1], '^"|"$', '', 'g'), '","')::varchar[] AS v_table_pkey,
       t_binlog_name, i_binlog_position, true AS b_replica_enabled
FROM sch_chameleon.t_replica_tables;

CREATE TEMPORARY VIEW as_2_0_t_last_replayed AS
SELECT i_id_source, ts_last_replay AS ts_last_replayed FROM sch_chameleon.t_sources;

CREATE TEMPORARY TABLE as_2_0_t_error_log (
    i_id_log           bigserial,
    i_id_batch         bigint,
    i_id_source        bigint,
    v_table_name       text,
    v_schema_name      text,
    t_table_pkey       text,
    t_binlog_name      text,
    i_binlog_position  bigint,
    ts_error           timestamp,
    t_sql              text,
    t_error_message    text
);

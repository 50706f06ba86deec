-- Purpose:   presents the batches that replay_batches takes together as one batch of a catalogue 2.0.0, for the replay
--            function of 2.0.0, in this session. What the catalogue's version decides is in from_1_7.sql and from_2_0.sql.
-- Touches:   nothing but temporary objects. PostgreSQL looks for a table among these first, also where pending DDL
--            means a replicated one: hence their prefix, so that a replicated table may be called t_sources.
-- Code that is compiled for so many events takes longer than it saves. How long it takes to decode an image, which parallel
-- workers share, is not in PostgreSQL's reckoning. 64 MB hold most of what is sorted; more goes to files.
SELECT set_config(name, CASE name WHEN 'work_mem' THEN greatest(value::bigint, setting::bigint)::text ELSE value END, false)
FROM pg_settings JOIN (VALUES
    ('jit', 'off'), ('parallel_setup_cost', '0'), ('parallel_tuple_cost', '0'), ('work_mem', '65536')
) AS better (name, value) USING (name);

DROP VIEW IF EXISTS pg_temp.as_2_0_t_replica_batch, pg_temp.as_2_0_t_log_replica, pg_temp.as_2_0_log,
    pg_temp.as_2_0_t_replica_tables, pg_temp.as_2_0_t_last_replayed;
DROP TABLE IF EXISTS pg_temp.as_2_0_taken, pg_temp.as_2_0_t_batch_events, pg_temp.as_2_0_t_error_log;
DROP TYPE IF EXISTS pg_temp.as_2_0_ty_replay_status CASCADE;

CREATE TYPE pg_temp.as_2_0_ty_replay_status AS (b_continue boolean, b_error boolean, v_table_error varchar[]);

-- The batches taken together, what they counted before, and what is in the log. The replay function sees the first.
CREATE TEMPORARY TABLE as_2_0_taken (
    n_order      bigint,
    i_id_batch   bigint,
    i_events     bigint,
    i_logged     bigint,
    i_replayed   bigint,
    i_ddl        bigint,
    i_skipped    bigint,
    i_ddl_taken  bigint,
    i_first      bigint,
    i_last       bigint
);

CREATE TEMPORARY VIEW as_2_0_t_replica_batch AS
SELECT * FROM sch_chameleon.t_replica_batch
WHERE i_id_batch = (SELECT i_id_batch FROM pg_temp.as_2_0_taken WHERE n_order = 1);

CREATE TEMPORARY TABLE as_2_0_t_batch_events (i_id_batch bigint, i_id_event bigint[]);
-- To compress ids takes longer than to apply their events.
ALTER TABLE as_2_0_t_batch_events ALTER COLUMN i_id_event SET STORAGE EXTERNAL;

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

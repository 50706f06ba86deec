-- Purpose:   presents the batches that replay_batches takes together as one batch of a catalogue 2.0.0 to this session. What the catalogue's version decides is in from_1_7.sql and from_2_0.sql.
-- Touches:   nothing but temporary objects. PostgreSQL looks for a table among these first, also where pending DDL
--            means a replicated one: hence their prefix, so that a replicated table may be called t_sources.
-- Code that is compiled for so many events takes longer than it saves. 64 MB hold most of what is sorted; more goes to files.
SELECT set_config(name, CASE name WHEN 'work_mem' THEN greatest(value::bigint, setting::bigint)::text ELSE value END, false)
FROM pg_settings JOIN (VALUES
    ('jit', 'off'), ('work_mem', '65536')
) AS better (name, value) USING (name);

DROP VIEW IF EXISTS pg_temp.as_2_0_t_log_replica, pg_temp.as_2_0_log, pg_temp.as_2_0_t_replica_tables,
    pg_temp.as_2_0_t_last_replayed;
DROP TABLE IF EXISTS pg_temp.as_2_0_taken, pg_temp.as_2_0_pace;

-- The batches taken together, what they counted before, and what is in the log.
CREATE TEMPORARY TABLE as_2_0_taken (
    n_order      bigint,
    i_id_batch   bigint,
    i_events     bigint,
    i_logged     bigint,
    i_replayed   bigint,
    i_ddl        bigint,
    i_skipped    bigint,
    i_rows       bigint,
    i_ddl_taken  bigint,
    i_first      bigint,
    i_last       bigint
);

-- After an error of a source: how many events to take now, and at most.
CREATE TEMPORARY TABLE as_2_0_pace (i_id_source bigint, i_events bigint, i_most bigint);
INSERT INTO as_2_0_pace VALUES (NULL, NULL, NULL);

-- The plan of the downgrade, as temporary views over the 2.0.0 catalogue and the 1.7 catalogue that the upgrade kept. It stands on
-- the views of plan.sql over the latter. The checks, what is shown to the user and the steps all read these.

-- The sources that 2.0 has now replace those of the configuration file.
CREATE OR REPLACE TEMPORARY VIEW chameleon_new_source AS
SELECT i_id_source AS i_order, t_source, enm_source_type::text AS t_type, jsb_schema_mappings
FROM sch_chameleon.t_sources;

-- A row per source of 1.7 that a source of 2.0 has taken in, with the resume batch of that (NULL where it has none). 2.0 has
-- something to carry back (b_carried) once it has begun to read, or to read elsewhere than where the upgrade let it begin, which is the
-- lowest resume position of the old sources (n_lowest). A source that was never initialised, in neither, stays so.
CREATE TEMPORARY VIEW chameleon_back_source AS
SELECT
    old.i_id_source,
    old.t_source,
    old.t_dest_schema,
    old.t_binlog_name AS t_old_binlog_name,
    old.n_position AS n_old_position,
    old.n_lowest,
    new.i_id_source AS i_id_new_source,
    new.t_source AS t_new_source,
    new.enm_status::text AS t_new_status,
    received.ts_last_received,
    replayed.ts_last_replayed,
    resume.i_id_batch,
    resume.t_binlog_name,
    resume.i_binlog_position::bigint AS i_binlog_position,
    resume.n_position,
    (
        old.i_id_batch IS NOT NULL
        OR EXISTS (
            SELECT FROM sch_chameleon.t_replica_tables AS tab
            WHERE tab.i_id_source = new.i_id_source AND tab.v_schema_name = old.t_dest_schema
        )
    )
    AND (
        resume.n_position IS DISTINCT FROM old.n_lowest
        OR EXISTS (SELECT FROM sch_chameleon.t_replica_batch AS batch WHERE batch.i_id_source = new.i_id_source AND batch.b_started)
    ) AS b_carried
FROM (
    SELECT *, min(n_position) OVER (PARTITION BY t_new_source) AS n_lowest
    FROM pg_temp.chameleon_old_source
) AS old
JOIN sch_chameleon.t_sources AS new ON new.t_source = old.t_new_source
LEFT JOIN sch_chameleon.t_last_received AS received ON received.i_id_source = new.i_id_source
LEFT JOIN sch_chameleon.t_last_replayed AS replayed ON replayed.i_id_source = new.i_id_source
LEFT JOIN LATERAL (
    SELECT batch.*, pg_temp.chameleon_position(batch.t_binlog_name, batch.i_binlog_position) AS n_position
    FROM (
        --<< common/resume_batch.sql
    ) AS batch
    WHERE batch.i_id_source = new.i_id_source
) AS resume ON true;

-- A row per table that 2.0 replicates, as 1.7 has to register it: its key as one string of quoted names, and its own position
-- where that is later than the resume position. Up to where its events are in it is the later of
--   1. where the upgrade found it, which 2.0 forgets when it is killed while it reads;
--   2. where 2.0 has synced it since. One past the former is no such position: the upgrade has set it.
-- What is stored is one past that, because 1.8.2 applies an event again when the event's end is equal to the stored position.
-- b_same where the row is in 1.7 and 2.0 has not changed it.
CREATE TEMPORARY VIEW chameleon_back_table AS
SELECT
    source.i_id_source,
    tab.v_schema_name,
    tab.v_table_name,
    (
        SELECT string_agg(format('"%s"', name), ',' ORDER BY i_order)
        FROM unnest(tab.v_table_pkey) WITH ORDINALITY AS key (name, i_order)
    ) AS t_key,
    CASE WHEN applied.n_position > resume.n_position THEN applied.t_binlog_name END AS t_binlog_name,
    CASE WHEN applied.n_position > resume.n_position THEN applied.i_binlog_position + 1 END AS i_binlog_position,
    NOT source.b_carried AND applied.i_rank = 1 AND before.v_table_pkey = tab.v_table_pkey AS b_same
FROM sch_chameleon.t_replica_tables AS tab
JOIN pg_temp.chameleon_back_source AS source ON source.i_id_new_source = tab.i_id_source AND source.t_dest_schema = tab.v_schema_name
LEFT JOIN pg_temp.chameleon_old_table AS before
    ON before.t_new_source = source.t_new_source
    AND before.v_schema_name = tab.v_schema_name
    AND before.v_table_name = tab.v_table_name
CROSS JOIN LATERAL (
    SELECT CASE WHEN source.b_carried THEN source.n_position ELSE source.n_old_position END AS n_position
) AS resume
CROSS JOIN LATERAL (
    SELECT up_to.*
    FROM (
        VALUES
            (1, before.t_binlog_name, before.i_binlog_position, before.n_position),
            (
                2, tab.t_binlog_name, tab.i_binlog_position::bigint,
                pg_temp.chameleon_position(tab.t_binlog_name, tab.i_binlog_position)
            )
    ) AS up_to (i_rank, t_binlog_name, i_binlog_position, n_position)
    WHERE up_to.i_rank = 1 OR up_to.n_position > coalesce(before.n_position + 1, 0)
    ORDER BY up_to.i_rank DESC
    LIMIT 1
) AS applied
WHERE tab.b_replica_enabled;

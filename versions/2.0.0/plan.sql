-- The plan of the upgrade, as temporary views over the 1.7 catalogue and the configuration file. The checks, what is shown
-- to the user and the migration itself all read these. A view follows its tables when their schema is renamed.
--
-- chameleon.sources holds the file's sources: [{"name": ..., "type": ..., "schema_mappings": {MySQL schema: destination}}, ...]

DROP VIEW IF EXISTS pg_temp.chameleon_new_source CASCADE;

-- What orders positions, NULL for what is none: the number after the file's last dot counts before the offset, which is less
-- than 2^63.
CREATE OR REPLACE FUNCTION pg_temp.chameleon_position(binlog_name text, binlog_position bigint) RETURNS numeric
LANGUAGE sql IMMUTABLE AS $function$
    SELECT substring(binlog_name FROM '[.]([0-9]+)$')::numeric * 2::numeric ^ 63 + binlog_position
$function$;

-- A row per key under sources: in the file, in the file's order; none where chameleon.create asks for an empty catalogue and the
-- one of 1.7 is empty.
CREATE TEMPORARY VIEW chameleon_new_source AS
SELECT
    entry.i_order,
    entry.source ->> 'name' AS t_source,
    entry.source ->> 'type' AS t_type,
    entry.source -> 'schema_mappings' AS jsb_schema_mappings
FROM jsonb_array_elements(current_setting('chameleon.sources')::jsonb) WITH ORDINALITY AS entry (source, i_order)
WHERE current_setting('chameleon.create', true) IS DISTINCT FROM 'YES' OR EXISTS (SELECT FROM @catalogue.t_sources);

-- A row per pair in any schema_mappings of the file.
CREATE TEMPORARY VIEW chameleon_mapping AS
SELECT new.t_source, pair.key AS t_source_schema, pair.value AS t_dest_schema
FROM pg_temp.chameleon_new_source AS new
CROSS JOIN LATERAL jsonb_each_text(new.jsb_schema_mappings) AS pair;

-- A row per source of 1.7: the new source that takes it in (NULL where the file has none) and its resume batch, started or
-- not (NULL where it was never initialised).
CREATE TEMPORARY VIEW chameleon_old_source AS
SELECT
    old.i_id_source,
    old.t_source,
    old.t_source_schema,
    old.t_dest_schema,
    old.enm_status,
    old.ts_last_received,
    old.ts_last_replay,
    mapping.t_source AS t_new_source,
    resume.i_id_batch,
    resume.t_binlog_name,
    resume.i_binlog_position::bigint AS i_binlog_position,
    pg_temp.chameleon_position(resume.t_binlog_name, resume.i_binlog_position) AS n_position
FROM @catalogue.t_sources AS old
LEFT JOIN pg_temp.chameleon_mapping AS mapping ON mapping.t_source_schema = old.t_source_schema AND mapping.t_dest_schema = old.t_dest_schema
LEFT JOIN (
    --<< common/resume_batch.sql
) AS resume ON resume.i_id_source = old.i_id_source;

-- A row per registered table: up to where its events are in it, which is the resume position of its source, or the position
-- of its own that 1.7 stores for a table that was synced alone, where that is later.
CREATE TEMPORARY VIEW chameleon_old_table AS
SELECT
    source.t_new_source,
    tab.v_schema_name,
    tab.v_table_name,
    --<< common/key_names.sql
    ::varchar[] AS v_table_pkey,
    applied.t_binlog_name,
    applied.i_binlog_position,
    applied.n_position
FROM @catalogue.t_replica_tables AS tab
JOIN pg_temp.chameleon_old_source AS source ON source.i_id_source = tab.i_id_source
CROSS JOIN LATERAL (
    SELECT up_to.*
    FROM (
        VALUES
            (1, source.t_binlog_name, source.i_binlog_position, source.n_position),
            (
                2, tab.t_binlog_name, tab.i_binlog_position::bigint,
                pg_temp.chameleon_position(tab.t_binlog_name, tab.i_binlog_position)
            )
    ) AS up_to (i_rank, t_binlog_name, i_binlog_position, n_position)
    WHERE up_to.i_rank = 1 OR up_to.n_position > source.n_position
    ORDER BY up_to.i_rank DESC
    LIMIT 1
) AS applied;

-- A row per new source that takes in any of 1.7: where it goes on reading, which is the lowest resume position of its old sources
-- (t_binlog_name and i_binlog_position are NULL where none was ever initialised), and its high watermark, the highest
-- position up to which events are in any of its tables: from there on it is consistent.
CREATE TEMPORARY VIEW chameleon_new_position AS
SELECT
    taken.t_source,
    resume.t_binlog_name,
    resume.i_binlog_position,
    high.t_binlog_name AS t_high_binlog_name,
    high.i_binlog_position AS i_high_binlog_position
FROM (
    SELECT DISTINCT t_new_source AS t_source FROM pg_temp.chameleon_old_source WHERE t_new_source IS NOT NULL
) AS taken
LEFT JOIN (
    SELECT DISTINCT ON (t_new_source) t_new_source, t_binlog_name, i_binlog_position
    FROM pg_temp.chameleon_old_source
    WHERE i_id_batch IS NOT NULL
    ORDER BY t_new_source, n_position
) AS resume ON resume.t_new_source = taken.t_source
LEFT JOIN (
    SELECT DISTINCT ON (applied.t_new_source) applied.t_new_source, applied.t_binlog_name, applied.i_binlog_position
    FROM (
        SELECT t_new_source, t_binlog_name, i_binlog_position, n_position
        FROM pg_temp.chameleon_old_source
        WHERE i_id_batch IS NOT NULL
        UNION ALL
        SELECT t_new_source, t_binlog_name, i_binlog_position, n_position
        FROM pg_temp.chameleon_old_table
    ) AS applied
    ORDER BY applied.t_new_source, applied.n_position DESC
) AS high ON high.t_new_source = taken.t_source;

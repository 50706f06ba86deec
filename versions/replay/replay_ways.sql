-- Purpose: tells how the pending events of each registered table are replayed, as far as PostgreSQL's catalogue decides it
--          now: folded, or in order, and why.
-- Result:  a row per source and table with pending events; the reason is NULL where they are folded.
-- Touches: nothing.
CREATE OR REPLACE FUNCTION pg_temp.replay_ways(
    OUT source text, OUT schema_name text, OUT table_name text, OUT events bigint, OUT reason text)
RETURNS SETOF record
LANGUAGE plpgsql
AS $function$
DECLARE
    look       CONSTANT text := $look$
        --<< common/fn_replay_mysql/look.sql
        $look$;
    --<< common/fn_replay_mysql/limits.sql
    src        record;
    relations  oid[];
    deleting   oid[];
    looked     jsonb;
    reach      text;
BEGIN
    FOR src IN SELECT i_id_source, t_source FROM sch_chameleon.t_sources ORDER BY t_source LOOP
        DROP TABLE IF EXISTS pg_temp.as_2_0_waiting;
        CREATE TEMPORARY TABLE as_2_0_waiting AS
        SELECT log.v_schema_name, log.v_table_name, count(*) AS row_events,
            bool_or(log.enm_binlog_event = 'delete') AS deletes,
            to_regclass(format('%I.%I', log.v_schema_name, log.v_table_name))::oid AS relation
        FROM pg_temp.as_2_0_log log
        JOIN sch_chameleon.t_replica_batch bat USING (i_id_batch)
        JOIN pg_temp.as_2_0_t_replica_tables tab ON tab.v_schema_name = log.v_schema_name
            AND tab.v_table_name = log.v_table_name AND tab.i_id_source = bat.i_id_source
        WHERE bat.i_id_source = src.i_id_source AND bat.b_started AND bat.b_processed AND NOT bat.b_replayed
            AND log.enm_binlog_event <> 'ddl' AND tab.b_replica_enabled
        GROUP BY log.v_schema_name, log.v_table_name;
        SELECT array_agg(relation), array_agg(relation) FILTER (WHERE deletes) INTO relations, deleting FROM pg_temp.as_2_0_waiting;
        EXECUTE look INTO looked USING relations, src.i_id_source, deleting, relations;
        SELECT min(format('all are in order because of %s: %s', relation::regclass, looked #>> ARRAY[relation::text, 'reach']))
        INTO reach FROM pg_temp.as_2_0_waiting WHERE looked #>> ARRAY[relation::text, 'reach'] IS NOT NULL;
        RETURN QUERY
        SELECT src.t_source::text, v_schema_name::text, v_table_name::text, row_events, coalesce(
            CASE WHEN relation IS NULL THEN 'it does not exist' END, looked #>> ARRAY[relation::text, 'reach'], reach,
            looked #>> ARRAY[relation::text, 'obstacle'],
            CASE
                WHEN row_events < fold_from THEN format('it has fewer than %s events', fold_from)
                WHEN sum(row_events) OVER () < look_from THEN format('its source has fewer than %s events', look_from)
            END)
        FROM pg_temp.as_2_0_waiting ORDER BY v_schema_name, v_table_name;
    END LOOP;
    DROP TABLE IF EXISTS pg_temp.as_2_0_waiting;
END
$function$;

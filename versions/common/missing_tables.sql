-- Registered tables that are not in PostgreSQL, with the number of their pending events but for DROP TABLE, and whether a pending event
-- creates the table. A table that 2.0 has disabled is not replayed.
WITH missing AS (
    SELECT tab.i_id_table, tab.i_id_source, src.t_source, tab.v_schema_name, tab.v_table_name
    FROM sch_chameleon.t_replica_tables AS tab
    JOIN sch_chameleon.t_sources AS src ON src.i_id_source = tab.i_id_source
    WHERE to_jsonb(tab) ->> 'b_replica_enabled' IS DISTINCT FROM 'false'
        AND NOT EXISTS (
            SELECT FROM pg_class
            JOIN pg_namespace ON pg_namespace.oid = relnamespace
            WHERE nspname = tab.v_schema_name AND relname = tab.v_table_name
        )
), batch AS (
    SELECT i_id_batch, i_id_source
    FROM sch_chameleon.t_replica_batch
    WHERE b_started AND b_processed AND NOT b_replayed AND EXISTS (SELECT FROM missing)
), pending AS (
    SELECT batch.i_id_source, log.v_schema_name, log.v_table_name, substring(lower(log.t_query) FROM E'(create|drop)\\s+table') AS ddl, count(*) AS events
    FROM batch
    JOIN sch_chameleon.t_log_replica AS log ON log.i_id_batch = batch.i_id_batch
    -- The log may be large: it is not read where nothing is missing, or nothing is pending.
    WHERE EXISTS (SELECT FROM batch)
    GROUP BY 1, 2, 3, 4
)
SELECT
    i_id_table,
    t_source,
    v_schema_name,
    v_table_name,
    coalesce((
        SELECT sum(events) FROM pending
        WHERE i_id_source = missing.i_id_source AND v_schema_name = missing.v_schema_name
            AND v_table_name = missing.v_table_name AND ddl IS DISTINCT FROM 'drop'
    ), 0) AS events,
    EXISTS (
        SELECT FROM pending
        WHERE i_id_source = missing.i_id_source AND v_schema_name = missing.v_schema_name
            AND v_table_name = missing.v_table_name AND ddl = 'create'
    ) AS is_created
FROM missing

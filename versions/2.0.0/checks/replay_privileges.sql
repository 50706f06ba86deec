-- title:   Role may replay pending batches
-- failure: the role in pg_conn may not replay the pending batches
-- remedy:  Grant what it lacks, or name the replicated tables' owner in pg_conn, then run again.
--
-- The role may write the replicated tables that have pending events.
WITH pending AS (
    SELECT log.v_schema_name, log.v_table_name, bool_or(log.enm_binlog_event = 'ddl') AS b_ddl
    FROM sch_chameleon.t_replica_batch AS batch
    JOIN sch_chameleon.t_log_replica AS log ON log.i_id_batch = batch.i_id_batch
    WHERE batch.b_started AND batch.b_processed AND NOT batch.b_replayed
        -- Where nothing is pending, as under the locks, the log is not read: it may be large, and all of it dead rows.
        AND EXISTS (SELECT FROM sch_chameleon.t_replica_batch WHERE b_started AND b_processed AND NOT b_replayed)
    GROUP BY log.v_schema_name, log.v_table_name
)
SELECT format('%I lacks INSERT, UPDATE, DELETE or SELECT on %I.%I, which has pending events', current_user, nspname, relname)
FROM pending
JOIN pg_namespace ON nspname = pending.v_schema_name
JOIN pg_class ON relnamespace = pg_namespace.oid AND relname = pending.v_table_name AND relkind IN ('r', 'p')
JOIN sch_chameleon.t_replica_tables AS tab USING (v_schema_name, v_table_name)
WHERE NOT (
    has_schema_privilege(pg_namespace.oid, 'USAGE')
    AND has_table_privilege(pg_class.oid, 'SELECT')
    AND has_table_privilege(pg_class.oid, 'INSERT')
    AND has_table_privilege(pg_class.oid, 'UPDATE')
    AND has_table_privilege(pg_class.oid, 'DELETE')
)
UNION ALL
SELECT format('%I is not the owner of %I.%I, which a pending statement alters', current_user, nspname, relname)
FROM pending
JOIN pg_namespace ON nspname = pending.v_schema_name
JOIN pg_class ON relnamespace = pg_namespace.oid AND relname = pending.v_table_name AND relkind IN ('r', 'p')
WHERE pending.b_ddl AND NOT pg_has_role(relowner, 'USAGE')

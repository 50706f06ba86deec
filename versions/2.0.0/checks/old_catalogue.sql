-- title:   Kept 1.7 catalogue is there
-- failure: the 1.7 catalogue to go back to is missing or incomplete, or there is no room for the 2.0 catalogue
-- remedy:  Put it right, then run again.
--
-- The 1.7 catalogue is where the upgrade kept it, with its unique indexes, and the name under which to keep the 2.0 catalogue is free.
SELECT 'there is no schema _sch_chameleon_version1: restore it from the backup that was made before the upgrade'
WHERE to_regclass('_sch_chameleon_version1.v_version') IS NULL
UNION ALL
SELECT format('the schema %I is there: once you need it no more, drop it with: DROP SCHEMA %I CASCADE', nspname, nspname)
FROM pg_namespace
WHERE nspname = '_sch_chameleon_version2'
UNION ALL
-- 1.8.2 and the downgrade write with ON CONFLICT.
SELECT format(
    'there is no unique index for what 1.8.2 writes: create it with: CREATE UNIQUE INDEX ON _sch_chameleon_version1.%s (%s)',
    needed.relname, array_to_string(needed.columns, ', ')
)
FROM (
    VALUES
        ('t_replica_batch', ARRAY['i_binlog_position', 'i_id_source', 't_binlog_name']),
        ('t_replica_tables', ARRAY['i_id_source', 'v_schema_name', 'v_table_name'])
) AS needed (relname, columns)
JOIN pg_class AS cls ON cls.relname = needed.relname
JOIN pg_namespace AS nsp ON nsp.oid = cls.relnamespace AND nsp.nspname = '_sch_chameleon_version1'
WHERE NOT EXISTS (
    SELECT FROM pg_index AS ind
    WHERE ind.indrelid = cls.oid AND ind.indisunique AND ind.indisvalid AND ind.indimmediate
        AND ind.indpred IS NULL AND ind.indexprs IS NULL
        AND needed.columns = (
            SELECT array_agg(att.attname::text ORDER BY att.attname::text COLLATE "C")
            FROM pg_attribute AS att
            WHERE att.attrelid = cls.oid AND att.attnum = ANY (ind.indkey)
        )
)

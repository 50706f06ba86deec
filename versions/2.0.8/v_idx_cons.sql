-- Purpose: a row per index of the database, with the statements that drop it and create it where it was: as a constraint where it
--          is a primary key's (p) or a unique constraint's (u), else as an index (i).
CREATE OR REPLACE VIEW sch_chameleon.v_idx_cons AS
SELECT
    coalesce(con.contype, 'i') AS v_constraint_type,
    CASE
        WHEN con.oid IS NULL THEN format('DROP INDEX %I.%I;', sch.nspname, idx.relname)
        ELSE format('ALTER TABLE %I.%I DROP CONSTRAINT %I;', sch.nspname, tab.relname, con.conname)
    END AS t_sql_drop,
    format(
        'SET default_tablespace = %L; %s; RESET default_tablespace;', coalesce(spc.spcname, ''),
        CASE
            WHEN con.oid IS NULL THEN pg_get_indexdef(idx.oid)
            ELSE format(
                'ALTER TABLE %I.%I ADD CONSTRAINT %I %s', sch.nspname, tab.relname, con.conname, pg_get_constraintdef(con.oid)
            )
        END
    ) AS t_sql_create,
    idx.relname AS v_index_name,
    tab.relname AS v_table_name,
    sch.nspname AS v_schema_name
FROM pg_index
JOIN pg_class AS idx ON idx.oid = pg_index.indexrelid
JOIN pg_class AS tab ON tab.oid = pg_index.indrelid
JOIN pg_namespace AS sch ON sch.oid = tab.relnamespace
LEFT JOIN pg_tablespace AS spc ON spc.oid = idx.reltablespace
LEFT JOIN pg_constraint AS con ON con.conindid = idx.oid AND con.conrelid = tab.oid AND con.contype IN ('p', 'u')
WHERE tab.relkind IN ('r', 'm', 'p');

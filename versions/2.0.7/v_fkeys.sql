-- Purpose: a row per foreign key between tables of the database, with the statements that drop it, create it again without
--          a look at the rows that are there, and look at them. A key that a table inherits goes and comes with its parent's.
CREATE OR REPLACE VIEW sch_chameleon.v_fkeys AS
SELECT
    to_schema.nspname AS v_schema_referenced,
    to_table.relname AS v_table_referenced,
    from_schema.nspname AS v_schema_referencing,
    from_table.relname AS v_table_referencing,
    format('ALTER TABLE ONLY %I.%I DROP CONSTRAINT %I;', from_schema.nspname, from_table.relname, con.conname) AS t_con_drop,
    format(
        'ALTER TABLE ONLY %I.%I ADD CONSTRAINT %I %s NOT VALID;', from_schema.nspname, from_table.relname, con.conname,
        regexp_replace(pg_get_constraintdef(con.oid), ' NOT VALID$', '')
    ) AS t_con_create,
    format(
        'ALTER TABLE ONLY %I.%I VALIDATE CONSTRAINT %I;', from_schema.nspname, from_table.relname, con.conname
    ) AS t_con_validate,
    con.conname AS v_fk_name
FROM pg_constraint AS con
JOIN pg_class AS from_table ON from_table.oid = con.conrelid
JOIN pg_namespace AS from_schema ON from_schema.oid = from_table.relnamespace
JOIN pg_class AS to_table ON to_table.oid = con.confrelid
JOIN pg_namespace AS to_schema ON to_schema.oid = to_table.relnamespace
WHERE con.contype = 'f' AND con.coninhcount = 0 AND from_table.relkind = 'r' AND to_table.relkind = 'r';

-- title:   No unique constraint is put aside
-- failure: lost below 2.0.8
-- remedy:  the replica does without it
--
-- What 2.0.8 knows, and catalogues below it do not. pg_chameleon writes this table and never reads it.
SELECT format('the unique constraint %I of %I.%I is in sch_chameleon.t_ukeys', v_index_name, v_schema_name, v_table_name)
FROM sch_chameleon.t_ukeys

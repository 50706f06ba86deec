-- title:   No index is put aside
-- failure: indexes or keys are put aside until their source is consistent, and catalogues below 2.0.7 cannot hold
--          them
-- remedy:  Start the replica until the source is consistent; delete the rows if the indexes and keys are there
--          already.
--
-- No index or key is put aside by an init_replica whose source is not consistent yet: these tables alone know how to create them.
SELECT format('the index %I of %I.%I is in sch_chameleon.t_indexes', v_index_name, v_schema_name, v_table_name)
FROM sch_chameleon.t_indexes
UNION ALL
SELECT format('the primary key %I of %I.%I is in sch_chameleon.t_pkeys', v_index_name, v_schema_name, v_table_name)
FROM sch_chameleon.t_pkeys
UNION ALL
SELECT format('the foreign key %I of %I.%I is in sch_chameleon.t_fkeys', v_constraint_name, v_schema_name, v_table_name)
FROM sch_chameleon.t_fkeys

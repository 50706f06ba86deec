-- title:   Names fit in 64 characters
-- failure: names are longer than 64 characters, which catalogues from 2.0.9 on cannot hold
-- remedy:  Delete the rows if they are of no use any more; no table of MySQL has such a name.
--
-- Every name has at most 64 characters, as in MySQL: the columns are no wider from 2.0.9 on.
SELECT DISTINCT format('sch_chameleon.%s has the name %I, of %s characters', relname, name, char_length(name))
FROM (
    SELECT 't_replica_tables', name FROM sch_chameleon.t_replica_tables, unnest(ARRAY[v_schema_name, v_table_name]) AS name
    UNION ALL
    SELECT 't_discarded_rows', name FROM sch_chameleon.t_discarded_rows, unnest(ARRAY[v_schema_name, v_table_name]) AS name
    UNION ALL
    SELECT 't_indexes', name FROM sch_chameleon.t_indexes, unnest(ARRAY[v_schema_name, v_table_name, v_index_name]) AS name
    UNION ALL
    SELECT 't_pkeys', name FROM sch_chameleon.t_pkeys, unnest(ARRAY[v_schema_name, v_table_name, v_index_name]) AS name
    UNION ALL
    SELECT 't_ukeys', name FROM sch_chameleon.t_ukeys, unnest(ARRAY[v_schema_name, v_table_name, v_index_name]) AS name
    UNION ALL
    SELECT 't_fkeys', name FROM sch_chameleon.t_fkeys, unnest(ARRAY[v_schema_name, v_table_name, v_constraint_name]) AS name
) AS every (relname, name)
WHERE char_length(name) > 64

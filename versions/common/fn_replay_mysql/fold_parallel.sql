-- PostgreSQL has parallel workers for a query that makes a table, and none for one that changes one.
IF cardinality(ids) >= parallel_from AND found ->> 'checks' = ''
    AND has_database_privilege(current_database(), 'TEMPORARY')
THEN
    EXECUTE 'CREATE TEMPORARY TABLE chameleon_folded AS ' || folding || ' TABLE folded' USING range, batch_id;
    folded_in := 'pg_temp.chameleon_folded';
    folding := NULL;
END IF;

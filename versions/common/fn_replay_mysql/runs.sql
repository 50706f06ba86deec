-- Begins again by runs that a DDL event ends, where the chunk has one; all in order where these would be too short.
IF cardinality(run_ends) = 1 AND part.ddl IS NOT NULL THEN
    run_ends := ARRAY(SELECT width_bucket(id, chunk) FROM unnest(part.ddl) AS id ORDER BY 1)
        || cardinality(chunk);
    IF cardinality(chunk) < fold_from * cardinality(run_ends) THEN
        run_ends := ARRAY[cardinality(chunk)];
        parts := unparted;
    END IF;
    run_number := 0;
    EXIT;
END IF;

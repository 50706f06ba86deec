-- Tells whether the batch has no other event between the chunk's first and last. A range of ids is then read several times
-- as fast as single ones. The query's parameters: %1$I the log table, %2$s which of its events.
whole := chunk[cardinality(chunk)] - chunk[1] = cardinality(chunk) - 1;
IF NOT whole THEN
    EXECUTE format($query$
        SELECT array_agg(i_id_event) = $1
        FROM (SELECT i_id_event FROM @catalogue.%1$I log WHERE %2$s ORDER BY i_id_event) log
        $query$, log_table, by_range) INTO whole USING chunk, batch_id;
END IF;

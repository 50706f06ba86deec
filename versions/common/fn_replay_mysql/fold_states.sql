-- Makes the statement's part that tells for each key how it is at the first and after the last of its events, and whether
-- that is certain (exact). Where a key has several rows, one of them is not exact. Its parameters:
--   %1$s   the table
--   %2$s   its events in the log, a FROM and WHERE clause
--   %3$s   the key's columns: key_1, ...
--   %4$s   the key before or after an event as these columns: CASE WHEN has THEN (image)."id" ELSE old_1 END AS key_1, ...
--   %5$s   the columns of documents: , json_3 ...
--   %6$s   what each image has to fulfil:  AND (image)."id" IS NOT NULL ...
--   %7$s   the size of the images' indexed columns: 0 + coalesce(pg_column_size((image)."name"), 0) ...
--   %8$s   the key before an event: (before ->> 'id')::integer AS old_1, ...
--   %9$s   the documents: , (after ->> 'doc')::json AS json_3 ...
--   %10$L  a document that is greater than each with as many pairs as the table has columns, and no greater than any other
--   %11$L  the names of the columns, as an array
--   %12$s  the key before an event: old_1, ...
--   %13$s  the key after an event: (image)."id", ...
--   %14$s  which events have no image: NOT has; false where no event may be without
folding := format($fold$
    WITH touch AS (
        SELECT id, %4$s, CASE WHEN has THEN image END AS image%5$s, had, has,
            -- Longer values may be too long for an index.
            %14$s OR coalesce(has AND complete%6$s AND %7$s < 2000, false) AS sound
        FROM (
            SELECT id, kind, %8$s, jsonb_populate_record(NULL::%1$s, after) AS image%9$s,
                    after < %10$L AND after ?& %11$L AS complete
            FROM (
                -- The empty document makes after a copy that is not toasted. OFFSET keeps it and the image from being made
                -- again. It has to be a bigint, as this literal is: parallel workers stay below one that must be cast.
                SELECT i_id_event AS id, enm_binlog_event AS kind,
                    CASE WHEN enm_binlog_event <> 'delete' THEN jsb_event_after || '{}' END AS after,
                    CASE enm_binlog_event WHEN 'update' THEN jsb_event_before WHEN 'delete' THEN jsb_event_after END AS before
                FROM %2$s AND enm_binlog_event <> 'ddl' OFFSET '0'
            ) plain OFFSET '0'
        ) event
        --<< effects.sql
            ELSE CASE WHEN (%12$s) IS DISTINCT FROM (%13$s) THEN 'move' ELSE 'stay' END END
    ), folded AS (
        SELECT *, sound AND next IS NULL AND (%3$s) IS NOT NULL AS exact
        FROM (
            SELECT *, first_value(had) OVER events AS started, lead(had) OVER events AS next
            FROM touch WINDOW events AS (PARTITION BY %3$s ORDER BY id, has)
        ) chain
        WHERE (sound AND next = has) IS NOT TRUE
    )
    $fold$,
    part.relation,
    format('@catalogue.%I log WHERE %s AND v_schema_name = %L AND v_table_name = %L',
        log_table, CASE WHEN dominant THEN by_range ELSE by_id END, part.v_schema_name, part.v_table_name),
    found ->> 'key', found ->> 'touched', found ->> 'documents', found ->> 'required', found ->> 'size',
    found ->> 'departed', found ->> 'decoded', found ->> 'fewest', found ->> 'keys', found ->> 'old_key',
    found ->> 'new_key', found ->> 'departs');

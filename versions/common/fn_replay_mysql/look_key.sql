-- The parts that the registered key decides. The parameters of touched: %1$I the column, %2$s its number in the key.
SELECT array_agg(attnum ORDER BY attnum) AS numbers,
    string_agg(format('key_%s', n), ', ' ORDER BY n) AS names,
    string_agg(format('touch.key_%s', n), ', ' ORDER BY n) AS owners,
    string_agg(format('target.%I', name), ', ' ORDER BY n) AS stored,
    string_agg(format('(image).%I', name), ', ' ORDER BY n) AS images,
    string_agg(format('old_%s', n), ', ' ORDER BY n) AS olds,
    string_agg(format('CASE WHEN has THEN (image).%1$I ELSE old_%2$s END AS key_%2$s', name, n), ', '
        ORDER BY n) AS touched,
    -- Without the type modifier, as in a comparison with a literal.
    string_agg(format('(before ->> %L)::%s AS old_%s', name, format_type(atttypid, -1), n), ', '
        ORDER BY n) AS departed,
    string_agg(format('target.%I = folded.key_%s', name, n), ' AND ' ORDER BY n) AS match,
    string_agg(format('target.%I = (event.before ->> %L)::%s', name, name, format_type(atttypid, -1)), ' AND '
        ORDER BY n) AS owner,
    -- The key as one text, which is equal where the key is: after an event, before it, and read back.
    bool_and(typname IN ('int2', 'int4', 'int8', 'text', 'varchar', 'bpchar', 'uuid', 'date', 'timestamp')) AS stageable,
    format(form.of_all, string_agg(format('(after ->> %L)::%s::text', name, format_type(atttypid, atttypmod)), ', '
        ORDER BY n)) AS text_after,
    format(form.of_all, string_agg(format('(before ->> %L)::%s::text', name, format_type(atttypid, -1)), ', '
        ORDER BY n)) AS text_before,
    string_agg(format(form.of_one, format_type(atttypid, -1), n), ', ' ORDER BY n) AS read_back
FROM unnest(tab.v_table_pkey) WITH ORDINALITY AS item (name, n)
JOIN pg_attribute ON attrelid = rel.oid AND attname = name AND attnum > 0 AND NOT attisdropped
JOIN pg_type ON pg_type.oid = atttypid

-- The parts of the statements of a fold, and of a compiled block (taken, given), that the table's columns decide.
SELECT array_agg(attname::text)::text AS keys, string_agg(format('%I', attname), ', ' ORDER BY attnum) AS names,
    count(*)::integer AS number,
    string_agg(value, ', ' ORDER BY attnum) AS images,
    string_agg(format('%I = %s', attname, value), ', ') AS assignments,
    string_agg(own_value, ', ' ORDER BY attnum) AS taken,
    string_agg(format('%I = %s', attname, own_value), ', ') AS given,
    string_agg(format(' AND (image).%I IS NOT NULL', attname), '') FILTER (WHERE attnotnull) AS required,
    '0' || coalesce(string_agg(format(' + coalesce(pg_column_size((image).%I), 0)', attname), '')
        FILTER (WHERE indexed), '') AS size,
    string_agg(format(' AND (after ->> %L) IS NOT NULL', attname), '') FILTER (WHERE attnotnull) AS staged_required,
    -- A char(n) is stored with blanks up to its length.
    '0' || coalesce(string_agg(format(' + coalesce(octet_length(after ->> %L), 0) + %s', attname,
            CASE typname WHEN 'bpchar' THEN greatest(atttypmod - 4, 0) ELSE 0 END), '')
        FILTER (WHERE indexed AND typname IN ('text', 'varchar', 'bpchar', 'numeric')), '') AS staged_size,
    bool_and(NOT is_json AND (NOT indexed OR typname IN ('text', 'varchar', 'bpchar', 'numeric'))) AS stageable,
    string_agg(format(', (after ->> %L)::%s AS json_%s', attname, typname, attnum), '')
        FILTER (WHERE is_json) AS decoded,
    string_agg(format(', json_%s', attnum), '') FILTER (WHERE is_json) AS documents,
    bool_and(attcollation = typcollation AND (typtype = 'e' OR typtype = 'b'
        AND typnamespace = 'pg_catalog'::regnamespace AND typcategory <> 'A')) AS foldable
FROM pg_attribute JOIN pg_type typ ON typ.oid = atttypid
-- A string in a jsonb image is not read as a document where the column is one.
CROSS JOIN LATERAL (SELECT typname IN ('json', 'jsonb') AS is_json) kind
CROSS JOIN LATERAL (
    SELECT CASE WHEN is_json THEN format('folded.json_%s', attnum)
            ELSE format('(folded.image).%I', attname) END AS value,
        CASE WHEN is_json THEN format('(event.after ->> %L)::%s', attname, typname)
            ELSE format('image.%I', attname) END AS own_value,
        attlen = -1 AND EXISTS (SELECT FROM pg_index WHERE indrelid = attrelid AND attnum = ANY (indkey)) AS indexed
) item
WHERE attrelid = rel.oid AND attnum > 0 AND NOT attisdropped

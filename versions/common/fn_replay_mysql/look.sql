-- Reads of PostgreSQL's catalogue, once for all the tables in $4 of the source $2: how a table is folded, and why not. An
-- obstacle keeps the table itself in order; a reach keeps all in order, because a change of the table can reach another, or
-- be seen from there. The tables in $1 are those with events, in $3 those with deletes.
SELECT jsonb_object_agg(rel.oid::text, jsonb_build_object(
    'reach', CASE
        WHEN rel.relkind <> 'r' THEN 'it is no plain table'
        WHEN rel.relhassubclass THEN 'it has child tables'
        WHEN rel.relhasrules THEN 'it has a rule'
        WHEN rel.relrowsecurity THEN 'it has row-level security'
        WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = rel.oid AND NOT tgisinternal) THEN 'it has a trigger'
        WHEN fk.cascades AND (
            EXISTS (SELECT FROM pg_trigger WHERE NOT tgisinternal)
            OR EXISTS (SELECT FROM pg_class WHERE relkind = 'r' AND relhasrules)
        ) THEN 'its foreign keys cascade, and a table has a trigger or rule'
    END,
    'obstacle', CASE
        WHEN greatest(octet_length(tab.v_schema_name), octet_length(tab.v_table_name)) > 63
            THEN 'its name is too long for PostgreSQL, and another name can be cut to the same'
        WHEN rel.relispartition THEN 'it is a partition'
        WHEN rel.relchecks > 0 THEN 'it has a check constraint'
        WHEN rel.relreplident NOT IN ('d', 'f') THEN 'its replica identity is not its primary key'
        WHEN rel.relnatts > 200 THEN 'it has more than 200 columns'
        WHEN col.foldable IS NOT TRUE THEN 'it has a column of a type of its own, or of another collation'
        WHEN idx.foldable IS NOT TRUE THEN idx.obstacle
        ELSE fk.obstacle
    END,
    'plain', rel.relkind IN ('r', 'p') AND NOT rel.relhasrules AND NOT rel.relrowsecurity AND rel.relnatts <= 200
        AND col.foldable IS TRUE AND cardinality(key.numbers) = cardinality(tab.v_table_pkey),
    'large', pg_relation_size(rel.oid) > 1000000 AND (rel.relpages = 0 OR rel.reltuples > rel.relpages),
    'columns', col.names, 'keys', col.keys, 'fewest', fewest.document, 'values', col.images, 'assignments', col.assignments,
    'required', coalesce(col.required, '') || coalesce(fk.required, ''), 'size', col.size, 'decoded', col.decoded,
    'documents', col.documents, 'key', key.names, 'touched', key.touched, 'departed', key.departed, 'old_key', key.olds,
    'new_key', key.images, 'match', key.match, 'checks', idx.checks,
    'taken', col.taken, 'given', col.given, 'owner', key.owner,
    'key_read', key.read_back, 'staged', CASE
        WHEN col.stageable AND key.stageable AND idx.checks = '' AND fk.required IS NULL AND fk.cascades IS NOT TRUE
        THEN format('ARRAY[%s, %s, (after < %L AND after ?& %L AND (jsonb_populate_record(NULL::%s, after)).%I IS NOT NULL%s'
            ' AND %s < 2000)::text]', key.text_after, key.text_before, fewest.document, col.keys, rel.oid::regclass,
            tab.v_table_pkey[1], col.staged_required, col.staged_size)
    END,
    'cascades', fk.cascades, 'departs', CASE WHEN fk.referenced THEN 'false' ELSE 'NOT has' END
))
FROM @catalogue.t_replica_tables tab
JOIN pg_class rel ON rel.oid = to_regclass(format('%I.%I', tab.v_schema_name, tab.v_table_name)) AND rel.oid = ANY ($4)
CROSS JOIN LATERAL (
    --<< look_columns.sql
) col
CROSS JOIN LATERAL (
    -- How a key is one text, and how it is read back from it.
    SELECT CASE WHEN cardinality(tab.v_table_pkey) = 1 THEN '%s'
            ELSE 'CASE WHEN (%1$s) IS NOT NULL THEN ARRAY[%1$s]::text END' END AS of_all,
        CASE WHEN cardinality(tab.v_table_pkey) = 1 THEN 'key::%1$s AS key_%2$s'
            ELSE '(key::text[])[%2$s]::%1$s AS key_%2$s' END AS of_one
) form
CROSS JOIN LATERAL (
    --<< look_key.sql
) key
CROSS JOIN LATERAL (
    --<< look_indexes.sql
) idx
CROSS JOIN LATERAL (
    --<< look_references.sql
) fk
CROSS JOIN LATERAL (
    -- jsonb is ordered by the number of pairs first, then by the pairs, of which this has the least.
    SELECT jsonb_object_agg(CASE n WHEN 0 THEN '' ELSE chr(n) END, NULL::text)::text AS document FROM generate_series(0, col.number) AS n
) fewest
WHERE tab.i_id_source = $2

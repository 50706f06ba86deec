-- What foreign keys decide. They are those that triggers enforce. One that refers to a table without events, which no
-- cascade can change, is one more check of every image; of a table that is referred to by its key, no key may be departed
-- from. Then no action is taken, and every check of the order has the outcome that it has at the end.
SELECT bool_or(confrelid = rel.oid) AS referenced,
    bool_or(confrelid = rel.oid AND (confdeltype IN ('c', 'n', 'd') OR confupdtype IN ('c', 'n', 'd'))) AS cascades,
    string_agg(format(' AND (%s OR EXISTS (SELECT FROM ONLY %s target WHERE %s))', nulls, confrelid::regclass, matches), '')
        FILTER (WHERE conrelid = rel.oid) AS required,
    min(CASE
        WHEN condeferrable OR confmatchtype <> 's' THEN 'it has a foreign key that is deferrable or MATCH FULL'
        WHEN conrelid = confrelid THEN 'it has a foreign key to itself'
        WHEN conrelid = rel.oid AND confrelid = ANY ($1)
            THEN format('it has a foreign key to %s, which has events as well', confrelid::regclass)
        WHEN confrelid = rel.oid AND conrelid = ANY ($1)
            THEN format('%s refers to it, and has events as well', conrelid::regclass)
        WHEN conrelid = rel.oid AND (NOT plain OR movable)
            THEN format('it has a foreign key to %s, which is of a special kind or can change with another table', confrelid::regclass)
        WHEN confrelid = rel.oid AND confrelid = ANY ($3)
            THEN format('%s refers to it, and rows of it are deleted', conrelid::regclass)
        WHEN confrelid = rel.oid AND (referred <> key.numbers)
            THEN format('%s refers to it by other columns than its key', conrelid::regclass)
    END) AS obstacle
FROM pg_constraint con
CROSS JOIN LATERAL (
    SELECT string_agg(format('(event.image).%I IS NULL', one.attname), ' OR ') AS nulls,
        string_agg(format('target.%I = (event.image).%I', other.attname, one.attname), ' AND ') AS matches,
        array_agg(other.attnum ORDER BY other.attnum) AS referred,
        bool_and(other.attcollation = typcollation AND typtype = 'b' AND typnamespace = 'pg_catalog'::regnamespace)
            AND bool_and(owner.relkind = 'r') AS plain,
        EXISTS (
            SELECT FROM pg_constraint further
            WHERE further.conrelid = con.confrelid AND further.contype = 'f'
                AND (further.confdeltype IN ('c', 'n', 'd') OR further.confupdtype IN ('c', 'n', 'd'))
        ) AS movable
    FROM unnest(con.conkey, con.confkey) AS pair (own, referenced)
    JOIN pg_attribute one ON one.attrelid = con.conrelid AND one.attnum = own
    JOIN pg_attribute other ON other.attrelid = con.confrelid AND other.attnum = referenced
    JOIN pg_type ON pg_type.oid = other.atttypid
    JOIN pg_class owner ON owner.oid = con.confrelid
) pairs
WHERE rel.relhastriggers AND contype = 'f' AND con.oid IN (SELECT tgconstraint FROM pg_trigger WHERE tgrelid = rel.oid AND tgisinternal)

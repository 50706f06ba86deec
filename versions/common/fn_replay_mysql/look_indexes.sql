-- What the table's indexes decide, and the checks of its other unique ones: a value belongs to one key only, in all images
-- and in the table. The checks' parameters:
--   %1$s  the unique columns of an image: (touch.image)."name", ...
--   %2$s  the key of an image: touch.key_1, ...
--   %3$s  the table
--   %4$s  the unique columns of a row: target."name", ...
--   %5$s  the key of a row: target."id", ...
SELECT bool_or(indisprimary AND numbers = key.numbers) AND bool_and(NOT indisexclusion AND indimmediate
        AND indexprs IS NULL AND indpred IS NULL AND (plain OR NOT indisunique)) AS foldable,
    CASE WHEN bool_or(indisprimary AND numbers = key.numbers)
        THEN 'it has an index on an expression, a partial, an exclusion, a deferrable, or a unique index of a special kind'
        ELSE 'its registered key is not its primary key' END AS obstacle,
    coalesce(string_agg(format($check$
        AND NOT EXISTS (
            SELECT FROM touch WHERE (%1$s) IS NOT NULL GROUP BY %1$s HAVING count(DISTINCT (%2$s)) > 1)
        AND NOT EXISTS (
            SELECT FROM touch JOIN %3$s target ON (%4$s) = (%1$s) WHERE (%5$s) <> (%2$s))
        $check$, images, key.owners, rel.oid::regclass, stored, key.stored), '')
        FILTER (WHERE indisunique AND numbers <> key.numbers), '') AS checks
FROM pg_index ind CROSS JOIN LATERAL (
    SELECT array_agg(attnum ORDER BY attnum) AS numbers,
        string_agg(format('(touch.image).%I', attname), ', ' ORDER BY attnum) AS images,
        string_agg(format('target.%I', attname), ', ' ORDER BY attnum) AS stored,
        -- Columns besides the unique ones came with 11, NULLS NOT DISTINCT with 15.
        coalesce(to_jsonb(ind) ->> 'indnkeyatts', indnatts::text) = indnatts::text
            AND coalesce(to_jsonb(ind) ->> 'indnullsnotdistinct', 'false') = 'false'
            AND indcollation::oid[] <@ '{0,100}' AS plain
    FROM pg_attribute WHERE attrelid = indrelid AND attnum = ANY (indkey)
) item
WHERE indrelid = rel.oid

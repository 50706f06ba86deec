-- title:   No object blocks the migration
-- failure: objects outside the catalogue depend on what the migration changes
-- remedy:  Drop them in this order, and create them again after the migration, with the owner and the grants that they have now:
--          pg_dump --schema-only has all of it. Then run again.
--
-- Nothing outside the catalogue depends on a column or an object that a step gives another type or drops.
--
-- chameleon.changes has these: [[table, view or function, column or null, whether it is dropped], ...]. PostgreSQL itself gives a
-- constraint the column's new type, and what it drops along with an object ('a') stops nothing.
SELECT format('%s: %s', object, statements)
FROM (
    SELECT object, statements, max(depth) AS depth
    FROM (
        --<< common/dependents.sql
    ) AS dependent
    JOIN (
        SELECT change ->> 0, change ->> 1, (change ->> 2)::boolean
        FROM jsonb_array_elements(current_setting('chameleon.changes')::jsonb) AS change
    ) AS change (name, column_name, is_dropped)
        ON change.name = refname
        AND (column_name IS NULL OR column_name = refcolumn OR refcolumn IS NULL AND classid = 'pg_class'::regclass)
    WHERE CASE WHEN is_dropped THEN deptype = 'n' ELSE classid <> 'pg_constraint'::regclass END
    GROUP BY object, statements
) AS found
ORDER BY depth DESC, object

-- title:   Catalogue has its version's structure
-- failure: the catalogue is not of the version that it says
-- remedy:  Finish what was cut off, or restore the catalogue from a backup, then run again.
--
-- The catalogue is as its version says, in what tells the versions apart.
--
-- pg_chameleon's own upgrade runs the script of a version as a whole, and writes the version afterwards. Cut off in between, it
-- leaves all of the next version behind the name of the one before.
--
-- chameleon.columns has, for each version whose structure is recorded, the columns that it adds or gives another type:
-- {"2.0.1": [[table, column, type], ...], ...}. Nothing is asked of a version that it does not have.
WITH version (name, number) AS (
    SELECT name, string_to_array(name, '.')::integer[] FROM jsonb_object_keys(current_setting('chameleon.columns')::jsonb) AS name
), change (version, number, relname, attname, type) AS (
    SELECT version.name, version.number, change.col ->> 0, change.col ->> 1, change.col ->> 2
    FROM version
    CROSS JOIN LATERAL jsonb_array_elements(current_setting('chameleon.columns')::jsonb -> version.name) AS change (col)
), seen AS (
    SELECT
        change.*,
        current.name AS t_version,
        change.number <= current.number AS needed,
        att.attname IS NOT NULL AS there
    FROM change
    JOIN sch_chameleon.v_version ON true
    JOIN version AS current ON current.name = v_version.t_version
    LEFT JOIN pg_attribute AS att
        ON att.attrelid = to_regclass(format('sch_chameleon.%I', change.relname))
        AND att.attname = change.attname
        AND NOT att.attisdropped
        AND format_type(att.atttypid, att.atttypmod) = change.type
    -- Of a column that changed several times, the last change up to the catalogue's version counts.
    WHERE NOT EXISTS (
        SELECT FROM change AS later
        WHERE later.relname = change.relname AND later.attname = change.attname
            AND later.number > change.number AND later.number <= current.number
    )
)
SELECT CASE
    WHEN bool_and(there) THEN format(
        'v_version says %s and all of %s is there: pg_chameleon''s own upgrade was cut off, and is finished with '
        'CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT %L::text AS t_version', t_version, version, version
    )
    ELSE format(
        'v_version says %s and %s %s', t_version, CASE WHEN needed THEN 'there is no' ELSE 'there is already' END,
        string_agg(format('%s.%s, %s', relname, attname, type), '; ') FILTER (WHERE needed <> there)
    )
END
FROM seen
GROUP BY version, number, t_version, needed
HAVING bool_or(needed <> there)
ORDER BY number

-- What depends on the live catalogue and is not part of it: an object, what it refers to, and what drops and creates it.
--
-- depth is how many other such objects are between the object and the catalogue: the deepest is dropped first. A function, a rule and
-- whatever else has a text of several lines is created again from a dump.
WITH RECURSIVE part (classid, objid, refname) AS (
    SELECT 'pg_namespace'::regclass, oid, nspname FROM pg_namespace WHERE nspname = 'sch_chameleon'
    UNION ALL
    SELECT 'pg_class'::regclass, oid, relname FROM pg_class WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind <> 'i'
    UNION ALL
    SELECT 'pg_proc'::regclass, oid, proname FROM pg_proc WHERE pronamespace = 'sch_chameleon'::regnamespace
    UNION ALL
    -- What is volatile is read once, where PostgreSQL expects one dependency and would read pg_class for each of thousands.
    SELECT 'pg_type'::regclass, oid, typname FROM pg_type WHERE typnamespace = 'sch_chameleon'::regnamespace AND random() >= 0
), edge AS (
    SELECT
        refclassid, refobjid, refobjsubid, deptype,
        CASE WHEN rulename = '_RETURN' THEN 'pg_class'::regclass ELSE classid::regclass END AS classid,
        CASE WHEN rulename = '_RETURN' THEN ev_class ELSE objid END AS objid
    FROM pg_depend
    LEFT JOIN pg_rewrite AS rule ON classid = 'pg_rewrite'::regclass AND rule.oid = objid
    WHERE deptype IN ('n', 'a') AND classid <> 'pg_default_acl'::regclass
), outside AS (
    SELECT edge.*
    FROM edge
    LEFT JOIN pg_constraint AS con ON classid = 'pg_constraint'::regclass AND con.oid = objid
    LEFT JOIN pg_attrdef AS def ON classid = 'pg_attrdef'::regclass AND def.oid = objid
    LEFT JOIN pg_trigger AS trg ON classid = 'pg_trigger'::regclass AND trg.oid = objid
    LEFT JOIN pg_class AS cls
        ON cls.oid = CASE WHEN classid = 'pg_class'::regclass THEN objid ELSE coalesce(conrelid, adrelid) END
    LEFT JOIN pg_proc AS prc ON classid = 'pg_proc'::regclass AND prc.oid = objid
    LEFT JOIN pg_type AS typ ON classid = 'pg_type'::regclass AND typ.oid = objid
    LEFT JOIN pg_namespace AS nsp ON nsp.oid = coalesce(relnamespace, pronamespace, typnamespace)
    -- A rule, a policy or a trigger is the user's also where it is on a table of the catalogue, which has none; and so is a view that
    -- chameleon.views, the names of all versions' views, does not have.
    WHERE (
        nspname IS NULL OR nspname NOT IN ('sch_chameleon', '_sch_chameleon_version1', '_sch_chameleon_version2')
        OR nspname = 'sch_chameleon' AND relkind IN ('v', 'm') AND NOT current_setting('chameleon.views')::jsonb ? relname
    )
        AND nsp.oid IS DISTINCT FROM pg_my_temp_schema()
        AND tgisinternal IS NOT TRUE
        -- Before PostgreSQL 16 a view's rule refers to the view itself.
        AND (classid, objid) <> (refclassid, refobjid)
), dependent (refname, refobjsubid, deptype, classid, objid, depth) AS (
    SELECT part.refname, outside.refobjsubid, outside.deptype, outside.classid, outside.objid, 0
    FROM part
    JOIN outside ON outside.refclassid = part.classid AND outside.refobjid = part.objid
    UNION
    SELECT dependent.refname, dependent.refobjsubid, dependent.deptype, outside.classid, outside.objid, depth + 1
    FROM dependent
    JOIN outside ON outside.refclassid = dependent.classid AND outside.refobjid = dependent.objid
    WHERE depth < 50
)
SELECT
    refname,
    (
        SELECT attname
        FROM pg_attribute
        WHERE attrelid = to_regclass(format('sch_chameleon.%I', refname)) AND attnum = refobjsubid
    ) AS refcolumn,
    deptype,
    classid,
    depth,
    pg_describe_object(classid, objid, 0) AS object,
    CASE
        WHEN relkind IN ('v', 'm') THEN format(
            'DROP %1$sVIEW %2$s; afterwards CREATE %1$sVIEW %2$s AS %3$s',
            CASE relkind WHEN 'm' THEN 'MATERIALIZED ' END,
            (pg_identify_object(classid, objid, 0)).identity,
            regexp_replace(ltrim(pg_get_viewdef(objid)), E'\n *', ' ', 'g')
        )
        WHEN conrelid <> 0 THEN format(
            'ALTER TABLE %1$s DROP CONSTRAINT %2$I; afterwards ALTER TABLE %1$s ADD CONSTRAINT %2$I %3$s;',
            (pg_identify_object('pg_class'::regclass, conrelid, 0)).identity, conname, pg_get_constraintdef(con.oid)
        )
        ELSE 'drop it; create it again afterwards'
    END AS statements
FROM dependent
LEFT JOIN pg_class AS cls ON classid = 'pg_class'::regclass AND cls.oid = objid
LEFT JOIN pg_constraint AS con ON classid = 'pg_constraint'::regclass AND con.oid = objid

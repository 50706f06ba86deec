-- title:   Role owns the catalogue
-- failure: the role in pg_conn may not change the catalogue
-- remedy:  Name the catalogue's owner in pg_conn, then run again.
--
-- The role owns the catalogue's schema, that of the kept 1.7 catalogue, and all that is in them, or is a member of the owner.
SELECT format('%I is not the owner of the schema %I, nor a member of its owner %I', current_user, nspname, pg_get_userbyid(nspowner))
FROM pg_namespace
WHERE nspname IN ('sch_chameleon', '_sch_chameleon_version1') AND NOT pg_has_role(nspowner, 'USAGE')
UNION ALL
SELECT format(
    '%I is not the owner of %s, nor a member of its owner %I', current_user, object, pg_get_userbyid(owner)
)
FROM (
    SELECT format('%I.%I', nspname, relname), relowner
    FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE nspname IN ('sch_chameleon', '_sch_chameleon_version1') AND relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT pg_proc.oid::regprocedure::text, proowner
    FROM pg_proc
    WHERE pronamespace = 'sch_chameleon'::regnamespace
) AS every (object, owner)
WHERE NOT pg_has_role(owner, 'USAGE')
UNION ALL
-- What a step makes is given to the owner, which PostgreSQL 16 and later allow to whoever may SET ROLE to it.
SELECT format(
    '%I is a member of %I, the owner of the schema %I, and may not SET ROLE to it: GRANT %I TO %I WITH SET TRUE',
    current_user, pg_get_userbyid(nspowner), nspname, pg_get_userbyid(nspowner), current_user
)
FROM pg_namespace
WHERE nspname = 'sch_chameleon' AND pg_has_role(nspowner, 'USAGE')
    AND CASE WHEN current_setting('server_version_num')::integer >= 160000 THEN NOT pg_has_role(nspowner, 'SET') END

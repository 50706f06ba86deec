-- The role owns the catalogue's schema and all that is in it, or is a member of the owner.
SELECT format('%I is not the owner of the schema %I, nor a member of its owner %I', current_user, nspname, pg_get_userbyid(nspowner))
FROM pg_namespace
WHERE nspname = 'sch_chameleon' AND NOT pg_has_role(nspowner, 'USAGE')
UNION ALL
SELECT format(
    '%I is not the owner of %s, nor a member of its owner %I', current_user, object, pg_get_userbyid(owner)
)
FROM (
    SELECT format('sch_chameleon.%I', relname), relowner
    FROM pg_class
    WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind IN ('r', 'v', 'S')
    UNION ALL
    SELECT pg_proc.oid::regprocedure::text, proowner
    FROM pg_proc
    WHERE pronamespace = 'sch_chameleon'::regnamespace
) AS every (object, owner)
WHERE NOT pg_has_role(owner, 'USAGE')

-- The role may do what the upgrade does.
SELECT format('%I lacks %s on the database %I', current_user, privilege, current_database())
FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS privilege
WHERE NOT has_database_privilege(current_database(), privilege)
UNION ALL
SELECT format('%I is not the owner of the schema %I, nor a member of its owner %I', current_user, nspname, pg_get_userbyid(nspowner))
FROM pg_namespace
WHERE nspname = 'sch_chameleon' AND NOT pg_has_role(nspowner, 'USAGE')
UNION ALL
SELECT format(
    '%I is not the owner of %I.%I, nor a member of its owner %I',
    current_user, 'sch_chameleon', relname, pg_get_userbyid(relowner)
)
FROM pg_class
WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind IN ('r', 'v', 'S') AND NOT pg_has_role(relowner, 'USAGE')

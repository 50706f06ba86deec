-- The role may do what the migration does: rename the catalogues and change what is in them.
SELECT format('%I lacks %s on the database %I', current_user, privilege, current_database())
FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS privilege
WHERE NOT has_database_privilege(current_database(), privilege)
UNION ALL
SELECT format('%I is not the owner of the schema %I, nor a member of its owner %I', current_user, nspname, pg_get_userbyid(nspowner))
FROM pg_namespace
WHERE nspname IN ('sch_chameleon', '_sch_chameleon_version1') AND NOT pg_has_role(nspowner, 'USAGE')
UNION ALL
SELECT format(
    '%I is not the owner of %I.%I, nor a member of its owner %I',
    current_user, nspname, relname, pg_get_userbyid(relowner)
)
FROM pg_class
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname IN ('sch_chameleon', '_sch_chameleon_version1') AND relkind IN ('r', 'v', 'S') AND NOT pg_has_role(relowner, 'USAGE')

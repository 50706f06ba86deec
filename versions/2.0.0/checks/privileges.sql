-- title:   Role may create schemas
-- failure: the role in pg_conn may not do what the migration does
-- remedy:  Grant what it lacks, then run again.
--
-- The role may create a schema and temporary views.
SELECT format('%I lacks %s on the database %I', current_user, privilege, current_database())
FROM unnest(ARRAY['CREATE', 'TEMPORARY']) AS privilege
WHERE NOT has_database_privilege(current_database(), privilege)

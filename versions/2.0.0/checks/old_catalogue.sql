-- title:   Kept 1.7 catalogue is there
-- failure: there is no 1.7 catalogue to go back to, or no room for the 2.0 catalogue
-- remedy:  Put it right, then run again.
--
-- The 1.7 catalogue is where the upgrade kept it, and the name under which to keep the 2.0 catalogue is free.
SELECT 'there is no schema _sch_chameleon_version1: restore it from the backup that was made before the upgrade'
WHERE to_regclass('_sch_chameleon_version1.v_version') IS NULL
UNION ALL
SELECT format('the schema %I is there: once you need it no more, drop it with: DROP SCHEMA %I CASCADE', nspname, nspname)
FROM pg_namespace
WHERE nspname = '_sch_chameleon_version2'

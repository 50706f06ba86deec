-- title:   Schema names are free
-- failure: the name of a schema that the upgrade needs is taken
-- remedy:  Drop or rename it, then run again.
--
-- The names that the upgrade needs for the old catalogue, and for what a failed upgrade leaves, are free.
SELECT format('the schema %I is there: once you need it no more, drop it with: DROP SCHEMA %I CASCADE', nspname, nspname)
FROM pg_namespace
WHERE nspname IN ('_sch_chameleon_version1', '_sch_chameleon_version2')
ORDER BY nspname

-- title:   Other objects follow the catalogue
-- failure: what depends on the catalogue goes on with the one that is kept, and is dropped with it
-- remedy:  create it again after the migration
--
-- What depends on the live catalogue and is not part of it: it does not read the catalogue that replaces it.
SELECT format('%s, on %s', object, string_agg(DISTINCT refname, ', '))
FROM (
    --<< common/dependents.sql
) AS dependent
GROUP BY object
ORDER BY object

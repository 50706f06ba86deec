-- title:   Version table may be read
-- failure: the role in pg_conn may not read the version table and the history
-- remedy:  Do that, a statement as a superuser or as the role that the object belongs to, then run again.
--
-- The role may read the version table and the history. They once belonged to the role that ran the first upgrade.
SELECT format('%s, and %I may not read it: %s', fact, current_user, remedy)
FROM (
    --<< common/own_objects.sql
) AS own_object
WHERE NOT readable
ORDER BY fact

-- title:   No session waits to write
-- failure: a session wants to write into the catalogue while it is swapped
-- remedy:  Stop pg_chameleon, then run again.
--
-- Nobody waits to write into the catalogue while it is locked: once it is let go, that statement would go into whichever catalogue has
-- the name by then.
SELECT format(
    'pid %s (%s) waits to write into %I',
    waiting.pid, coalesce(nullif(activity.application_name, ''), 'no name'), relname
)
FROM pg_locks AS waiting
JOIN pg_stat_activity AS activity USING (pid)
JOIN pg_class ON pg_class.oid = waiting.relation
JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE NOT waiting.granted
    AND waiting.database = activity.datid AND activity.datname = current_database()
    AND waiting.mode <> 'AccessShareLock'
    AND nspname IN ('sch_chameleon', '_sch_chameleon_version1', '_sch_chameleon_version2')
ORDER BY waiting.pid

-- No pg_chameleon is connected to this database. 1.8.2 calls its sessions "[PGCH] - source: …, action: …", 2.0 calls its
-- "[pg_chameleon] - source: …, action: …". Since when they are connected is hidden from a role that may not see other roles' statistics.
SELECT format(
    'pid %s: pg_chameleon %s, source %s, %s',
    pid,
    CASE WHEN application_name LIKE '[PGCH]%' THEN '1.8' ELSE '2.0' END,
    coalesce(substring(application_name FROM 'source: (.*), action: '), '(not named)'),
    coalesce('since ' || backend_start::timestamptz(0), 'of the role ' || quote_ident(usename))
)
FROM pg_stat_activity
WHERE datname = current_database() AND (application_name LIKE '[PGCH]%' OR application_name LIKE '[pg\_chameleon]%')
ORDER BY pid

-- title:   pg_chameleon is stopped
-- failure: pg_chameleon is connected to the database
-- remedy:  Stop it (1.8.2: chameleon.py stop_replica; 2.0: chameleon stop_replica) for every source, then run again.
--
-- No session of pg_chameleon is connected to the database.
--
-- 1.8.2 and 2.0 name their session once it has written a batch: '[PGCH] - source: ...' and '[pg_chameleon] - source: ...'. Until
-- then, and where it only replays, it has no name: it is recognised by its last statement and by a source that says it is running.
-- Another role's statement and times are not shown to everybody.
SELECT format(
    'pid %s of %s, %s, since %s', pid, usename,
    coalesce(
        nullif(application_name, ''),
        (SELECT 'source: ' || string_agg(t_source, ' or ' ORDER BY t_source) FROM sch_chameleon.t_sources WHERE enm_status::text = 'running')
    ),
    coalesce(to_char(backend_start, 'YYYY-MM-DD HH24:MI:SS TZ'), 'an unknown time')
)
FROM pg_stat_activity
WHERE datname = current_database()
    AND pid <> pg_backend_pid()
    AND (
        application_name ~ '^[[](PGCH|pg_chameleon)[]]'
        OR application_name = ''
            AND query ~ '(^|[^[:alnum:]_])sch_chameleon[.]'
            AND EXISTS (SELECT FROM sch_chameleon.t_sources WHERE enm_status::text = 'running')
    )
ORDER BY pid

-- What the catalogue says of its sources that is worth a look, and stops nothing, once no pg_chameleon is connected.
SELECT format(
    CASE enm_status::text
        WHEN 'running' THEN 'the source %s is marked running, and no pg_chameleon is connected: it was killed; going on'
        ELSE 'the source %s is marked error: see the log of pg_chameleon; going on'
    END,
    t_source
)
FROM sch_chameleon.t_sources
WHERE enm_status::text IN ('running', 'error')
ORDER BY t_source

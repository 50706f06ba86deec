-- title:   Sources report their real status
-- failure: the status of a source is ignored
-- remedy:  no session of pg_chameleon is connected
--
-- Sources that say they are running or in error. Asked where no session of pg_chameleon is connected.
SELECT format('the source %s says it is %s', t_source, enm_status)
FROM sch_chameleon.t_sources
WHERE enm_status::text IN ('running', 'error')
ORDER BY t_source

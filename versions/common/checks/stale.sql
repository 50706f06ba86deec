-- title:   Sources report their real status
-- failure: the status of a source is passed over
-- remedy:  no session of pg_chameleon is there
--
-- Sources that say they are running or in error. Asked where no session of pg_chameleon is there.
SELECT format('the source %s says it is %s', t_source, enm_status)
FROM sch_chameleon.t_sources
WHERE enm_status::text IN ('running', 'error')
ORDER BY t_source

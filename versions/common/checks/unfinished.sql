-- title:   No table copy is unfinished
-- failure: pg_chameleon did not finish copying tables
-- remedy:  Run init_replica (2.0: or sync_tables) with pg_chameleon to its end, then run again.
--
-- No source is in the middle of a copy of its tables, of whichever version the catalogue is.
SELECT format('the source %s is marked %s: its tables are copied by half', t_source, enm_status)
FROM sch_chameleon.t_sources
WHERE enm_status::text IN ('initialising', 'syncing')
ORDER BY t_source

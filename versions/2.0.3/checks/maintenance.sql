-- title:   No source is in maintenance
-- failure: lost below 2.0.3
-- remedy:  the replica does without it
--
-- What 2.0.3 knows of a source, and catalogues below it do not.
SELECT format('the source %s is in maintenance', t_source)
FROM sch_chameleon.t_sources
WHERE b_maintenance
ORDER BY t_source

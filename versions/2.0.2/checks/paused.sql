-- title:   No source is paused
-- failure: lost below 2.0.2
-- remedy:  the replica does without it
--
-- What 2.0.2 knows of a source, and catalogues below it do not.
SELECT format('the source %s is paused', t_source)
FROM sch_chameleon.t_sources
LEFT JOIN sch_chameleon.t_last_received AS received USING (i_id_source)
LEFT JOIN sch_chameleon.t_last_replayed AS replayed USING (i_id_source)
WHERE t_sources.b_paused OR received.b_paused OR replayed.b_paused
UNION ALL
SELECT format('the source %s was maintained at %s', t_source, ts_last_maintenance)
FROM sch_chameleon.t_sources
WHERE ts_last_maintenance IS NOT NULL

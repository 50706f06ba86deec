-- title:   No batch has a GTID set
-- failure: lost below 2.0.4
-- remedy:  the replica goes on by binlog file and offset
--
-- What 2.0.4 knows of a batch, and catalogues below it do not.
SELECT format('%s batches of the source %s have a GTID set', count(*), t_source)
FROM sch_chameleon.t_replica_batch
JOIN sch_chameleon.t_sources USING (i_id_source)
WHERE t_gtid_set IS NOT NULL
GROUP BY t_source
ORDER BY t_source

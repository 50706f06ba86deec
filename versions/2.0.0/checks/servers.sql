-- title:   Merged sources share a server
-- failure: sources with different binlog files, which are different MySQL servers, would merge into one
-- remedy:  Give each MySQL server a source of its own in the configuration file, then run again.
--
-- Old sources that merge into one new source read the same MySQL server, so their binlog files have one base name.
SELECT format(
    'sources.%s would take in %s', t_new_source,
    string_agg(format('%s (%s)', t_source, t_binlog_name), ', ' ORDER BY t_source)
)
FROM pg_temp.chameleon_old_source
WHERE i_id_batch IS NOT NULL AND t_new_source IS NOT NULL
GROUP BY t_new_source
HAVING count(DISTINCT regexp_replace(t_binlog_name, '[.][0-9]+$', '')) > 1
ORDER BY t_new_source

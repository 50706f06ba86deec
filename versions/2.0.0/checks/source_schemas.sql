-- title:   MySQL schemas are known
-- failure: the 1.7 catalogue does not know the MySQL schema of a source
-- remedy:  Start the 1.8.2 replica of each once, which stores the schema, and stop it, then run again; the configuration
--          file need not be changed for it.
--
-- The catalogue has the MySQL schema of every source.
SELECT format('no MySQL schema         (none) -> %s   (%s: start its 1.8.2 replica once)', t_dest_schema, t_source)
FROM pg_temp.chameleon_old_source
WHERE t_source_schema IS NULL
ORDER BY t_source

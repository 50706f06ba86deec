-- title:   Catalogue is empty
-- failure: the catalogue is in use, and going below 1.7 would drop it
-- remedy:  Drop the sources with pg_chameleon 1.8.2 first if that is what you want.
--
-- Nothing is registered, neither in the live catalogue nor in a 2.0 catalogue that a downgrade kept: there, each source has
-- log tables.
SELECT format('the source %s is registered', t_source)
FROM sch_chameleon.t_sources
UNION ALL
SELECT format('%s has the log table of a source', inhrelid::regclass)
FROM pg_inherits
JOIN pg_class AS parent ON parent.oid = inhparent
WHERE parent.relnamespace = to_regnamespace('_sch_chameleon_version2')

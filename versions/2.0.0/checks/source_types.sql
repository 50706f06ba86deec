-- title:   Sources are MySQL
-- failure: the configuration file has a source that is not MySQL
-- remedy:  Write type: mysql, which is all that 1.7 knows, and add other sources after the upgrade.
--
-- Sources are MySQL: 1.7 knows no other.
SELECT format('sources.%s.type is %s', t_source, t_type)
FROM pg_temp.chameleon_new_source
WHERE t_type <> 'mysql'
ORDER BY t_source

-- title:   Binlog names have no dot
-- failure: pg_chameleon 2.0 cannot tell the order of binlog files whose base name holds a dot
-- remedy:  set log_bin to a name without a dot in MySQL before the file's number changes
--
-- pg_chameleon 2.0 takes what follows the first dot of a binlog file's name for its number.
SELECT format('%s reads %s', t_source, t_binlog_name)
FROM pg_temp.chameleon_old_source
WHERE t_binlog_name LIKE '%.%.%'
ORDER BY t_source

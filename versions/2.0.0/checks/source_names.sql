-- title:   Source names are short enough
-- failure: the configuration file has a source whose name is too long for its log tables
-- remedy:  Give it a name of at most 34 bytes, then run again.
--
-- A source's name has at most 34 bytes: PostgreSQL cuts an identifier at 63, and the longest made of it is that of its log tables' indexes.
SELECT format('sources.%s: its name has %s bytes', t_source, octet_length(t_source))
FROM pg_temp.chameleon_new_source
WHERE octet_length(format('idx_id_batch_t_log_replica_%s_1', t_source)) > 63
ORDER BY t_source

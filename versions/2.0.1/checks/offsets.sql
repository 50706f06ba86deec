-- title:   Offsets fit below 2.0.1
-- failure: offsets are past 2147483647, which catalogues below 2.0.1 cannot hold
-- remedy:  Stay on 2.0.1 or later: the replica needs them.
--
-- Every offset is one that an integer holds, as below 2.0.1.
SELECT format('%s rows of sch_chameleon.%s have offsets up to %s', count(*), relname, max(i_binlog_position))
FROM (
    SELECT 't_error_log', i_binlog_position FROM sch_chameleon.t_error_log
    UNION ALL
    SELECT 't_log_replica', i_binlog_position FROM sch_chameleon.t_log_replica
    UNION ALL
    SELECT 't_replica_batch', i_binlog_position FROM sch_chameleon.t_replica_batch
    UNION ALL
    SELECT 't_replica_tables', i_binlog_position FROM sch_chameleon.t_replica_tables
    UNION ALL
    SELECT 't_sources', i_binlog_position FROM sch_chameleon.t_sources
) AS every (relname, i_binlog_position)
WHERE i_binlog_position > 2147483647
GROUP BY relname
ORDER BY relname

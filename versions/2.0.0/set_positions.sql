-- Where each new source goes on reading: at the lowest resume position of its old sources. A source whose old sources were
-- never initialised gets no batch, like one just added.

INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position)
SELECT DISTINCT ON (new.i_id_source) new.i_id_source, old.t_binlog_name, old.i_binlog_position
FROM pg_temp.chameleon_old_source AS old
JOIN sch_chameleon.t_sources AS new ON new.t_source = old.t_new_source
WHERE old.i_id_batch IS NOT NULL
ORDER BY new.i_id_source, old.n_position;

-- Where it becomes consistent: at the high watermark, the highest position up to which events are in any of its tables.

UPDATE sch_chameleon.t_sources AS new
SET t_binlog_name = high.t_binlog_name, i_binlog_position = high.i_binlog_position, b_consistent = false
FROM (
    SELECT DISTINCT ON (applied.t_new_source) applied.*
    FROM (
        SELECT old.t_new_source, old.t_binlog_name, old.i_binlog_position, old.n_position
        FROM pg_temp.chameleon_old_source AS old
        WHERE old.i_id_batch IS NOT NULL
        UNION ALL
        SELECT tab.t_new_source, tab.t_binlog_name, tab.i_binlog_position, tab.n_position
        FROM pg_temp.chameleon_old_table AS tab
    ) AS applied
    ORDER BY applied.t_new_source, applied.n_position DESC
) AS high
WHERE high.t_new_source = new.t_source;

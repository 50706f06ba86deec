-- Where each new source goes on reading. A source whose old sources were never initialised gets no batch, like one just added.

INSERT INTO sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position)
SELECT new.i_id_source, position.t_binlog_name, position.i_binlog_position
FROM pg_temp.chameleon_new_position AS position
JOIN sch_chameleon.t_sources AS new ON new.t_source = position.t_source
WHERE position.t_binlog_name IS NOT NULL
ORDER BY new.i_id_source;

-- Where it becomes consistent.

UPDATE sch_chameleon.t_sources AS new
SET
    t_binlog_name = position.t_high_binlog_name,
    i_binlog_position = position.i_high_binlog_position,
    b_consistent = false
FROM pg_temp.chameleon_new_position AS position
WHERE position.t_source = new.t_source AND position.t_high_binlog_name IS NOT NULL;

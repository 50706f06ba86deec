-- title:   Binlog is the one 1.8.2 read
-- failure: 2.0 reads another binlog than 1.8.2 has read, to which the positions in the 1.7 catalogue do not belong
-- remedy:  Stay on 2.0, or set 1.8.2 up anew.
--
-- 2.0 reads the binlog that 1.8.2 has read: files of the same base name, at or after where the upgrade let it begin.
SELECT format(
    '%s was at %s, and %s of 2.0 is at %s, offset %s',
    source.t_source, source.t_old_binlog_name, source.t_new_source, source.t_binlog_name, source.i_binlog_position
)
FROM pg_temp.chameleon_back_source AS source
WHERE source.n_position < source.n_lowest
    OR regexp_replace(source.t_old_binlog_name, '[.][0-9]+$', '') <> regexp_replace(source.t_binlog_name, '[.][0-9]+$', '')
ORDER BY source.t_source

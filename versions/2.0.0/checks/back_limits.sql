-- title:   Catalogue 1.7 can hold the positions
-- failure: the 1.7 catalogue cannot hold what 2.0 has come to
-- remedy:  Run FLUSH BINARY LOGS on MySQL and let 2.0 read on into the next file; take a table with a longer key out
--          of the replica; then run again.
--
-- 1.7 can hold what is carried back: its offsets are integers, and a key is one string of at most 100 characters.
SELECT format('%s goes on from %s, offset %s, which is beyond 2147483647', source.t_source, source.t_binlog_name, source.i_binlog_position)
FROM pg_temp.chameleon_back_source AS source
WHERE source.b_carried AND source.i_binlog_position > 2147483647
UNION ALL
SELECT format(
    '%s.%s goes on from %s, offset %s, which is beyond 2147483647',
    tab.v_schema_name, tab.v_table_name, tab.t_binlog_name, tab.i_binlog_position
)
FROM pg_temp.chameleon_back_table AS tab
WHERE tab.i_binlog_position > 2147483647
UNION ALL
SELECT format('%s.%s has a key of %s characters, which is more than 100', tab.v_schema_name, tab.v_table_name, length(tab.t_key))
FROM pg_temp.chameleon_back_table AS tab
WHERE length(tab.t_key) > 100

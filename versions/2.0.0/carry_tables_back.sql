-- 1.7 registers the tables that 2.0 replicates, and no other. A row that 2.0 has not changed stays unchanged.

DELETE FROM sch_chameleon.t_replica_tables AS old
WHERE NOT EXISTS (
    SELECT FROM pg_temp.chameleon_back_table AS tab
    WHERE tab.i_id_source = old.i_id_source AND tab.v_schema_name = old.v_schema_name AND tab.v_table_name = old.v_table_name
);

INSERT INTO sch_chameleon.t_replica_tables (
    i_id_source, v_schema_name, v_table_name, v_table_pkey, t_binlog_name, i_binlog_position
)
SELECT tab.i_id_source, tab.v_schema_name, tab.v_table_name, ARRAY[tab.t_key], tab.t_binlog_name, tab.i_binlog_position
FROM pg_temp.chameleon_back_table AS tab
WHERE tab.b_same IS NOT TRUE
ON CONFLICT (i_id_source, v_table_name, v_schema_name) DO UPDATE
SET
    v_table_pkey = EXCLUDED.v_table_pkey,
    t_binlog_name = EXCLUDED.t_binlog_name,
    i_binlog_position = EXCLUDED.i_binlog_position;

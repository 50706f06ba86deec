-- The catalogue is as its version says, in what tells the versions apart.
--
-- pg_chameleon's own upgrade runs the script of a version as a whole, and writes the version afterwards. Cut off in between, it
-- leaves all of the next version behind the name of the one before.
WITH mark (version, relname, attname, type) AS (
    VALUES
        ('2.0.1', 't_error_log', 'i_binlog_position', 'bigint'),
        ('2.0.1', 't_log_replica', 'i_binlog_position', 'bigint'),
        ('2.0.1', 't_replica_batch', 'i_binlog_position', 'bigint'),
        ('2.0.1', 't_replica_tables', 'i_binlog_position', 'bigint'),
        ('2.0.1', 't_sources', 'i_binlog_position', 'bigint'),
        ('2.0.2', 't_last_received', 'b_paused', 'boolean'),
        ('2.0.2', 't_last_replayed', 'b_paused', 'boolean'),
        ('2.0.2', 't_sources', 'b_paused', 'boolean'),
        ('2.0.2', 't_sources', 'ts_last_maintenance', 'timestamp without time zone'),
        ('2.0.3', 't_sources', 'b_maintenance', 'boolean'),
        ('2.0.4', 't_replica_batch', 't_gtid_set', 'text'),
        ('2.0.5', 't_replica_batch', 'v_log_table', 'character varying'),
        ('2.0.7', 't_indexes', 'i_id_index', 'bigint'),
        ('2.0.7', 't_pkeys', 'i_id_pkey', 'bigint'),
        ('2.0.7', 't_fkeys', 'i_id_fkey', 'bigint'),
        ('2.0.8', 't_ukeys', 'i_id_ukey', 'bigint'),
        ('2.0.9', 't_replica_tables', 'v_table_name', 'character varying(64)'),
        ('2.0.9', 't_replica_tables', 'v_schema_name', 'character varying(64)'),
        ('2.0.9', 't_discarded_rows', 'v_table_name', 'character varying(64)'),
        ('2.0.9', 't_discarded_rows', 'v_schema_name', 'character varying(64)')
), seen AS (
    SELECT
        mark.*,
        current.t_version,
        string_to_array(mark.version, '.')::integer[] <= string_to_array(current.t_version, '.')::integer[] AS needed,
        att.attname IS NOT NULL AS there
    FROM mark
    CROSS JOIN sch_chameleon.v_version AS current
    LEFT JOIN pg_attribute AS att
        ON att.attrelid = to_regclass(format('sch_chameleon.%I', mark.relname))
        AND att.attname = mark.attname
        AND NOT att.attisdropped
        AND format_type(att.atttypid, att.atttypmod) = mark.type
    WHERE string_to_array(current.t_version, '.')::integer[] <= '{2,0,10}'
)
SELECT CASE
    WHEN bool_and(there) THEN format(
        'v_version says %s and all of %s is there: pg_chameleon''s own upgrade was cut off, and is finished with '
        'CREATE OR REPLACE VIEW sch_chameleon.v_version AS SELECT %L::text AS t_version', t_version, version, version
    )
    ELSE format(
        'v_version says %s and %s %s', t_version, CASE WHEN needed THEN 'there is no' ELSE 'there is already' END,
        string_agg(format('%s.%s, %s', relname, attname, type), '; ') FILTER (WHERE needed <> there)
    )
END
FROM seen
GROUP BY version, t_version, needed
HAVING bool_or(needed <> there)
ORDER BY string_to_array(version, '.')::integer[]

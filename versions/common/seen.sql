-- The facts that a revision relies on and that its preparation does not change, a row for each, for any version of the catalogue:
-- the view has them now, the table has those of the moment when this ran. moved.sql compares the two once the catalogue is locked.
-- A name may be NULL here: another check names damaged rows.
DROP VIEW IF EXISTS pg_temp.chameleon_fact;
DROP TABLE IF EXISTS pg_temp.chameleon_seen;

CREATE TEMPORARY VIEW chameleon_fact (fact) AS
SELECT format('version %s', t_version)
FROM sch_chameleon.v_version
UNION ALL
SELECT format('source %s: %s', t_source, to_jsonb(source) - ARRAY['enm_status', 'ts_last_received', 'ts_last_replay'])
FROM sch_chameleon.t_sources AS source
UNION ALL
SELECT format(
    'resume batch %s of source %s: %s, offset %s',
    resume.i_id_batch, source.t_source, resume.t_binlog_name, resume.i_binlog_position
)
FROM sch_chameleon.t_sources AS source
JOIN (
    --<< common/resume_batch.sql
) AS resume ON resume.i_id_source = source.i_id_source
UNION ALL
SELECT format('table %s.%s: %s', quote_ident(v_schema_name), quote_ident(v_table_name), to_jsonb(tab) - ARRAY['v_schema_name', 'v_table_name'])
FROM sch_chameleon.t_replica_tables AS tab;

CREATE TEMPORARY TABLE chameleon_seen AS SELECT fact FROM pg_temp.chameleon_fact;

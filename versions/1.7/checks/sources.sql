-- Nothing is registered, neither in the live catalogue nor in a 2.0 catalogue that a downgrade kept.
SELECT format('the source %s is registered', t_source)
FROM sch_chameleon.t_sources
UNION ALL
SELECT 'the schema _sch_chameleon_version2 has tables with rows'
WHERE to_regclass('_sch_chameleon_version2.t_sources') IS NOT NULL
    AND query_to_xml('SELECT FROM _sch_chameleon_version2.t_sources', false, false, '')::text LIKE '%<row%'

-- Sources are MySQL: 1.7 knows no other.
SELECT format('sources.%s.type is %s', t_source, t_type)
FROM pg_temp.chameleon_new_source
WHERE t_type <> 'mysql'
ORDER BY t_source

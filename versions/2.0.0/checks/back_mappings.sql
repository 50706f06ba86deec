-- title:   Schema mappings match the kept catalogue
-- failure: 2.0 and the 1.7 catalogue that the upgrade kept map different schemas
-- remedy:  Take out what was added and put back what was removed, with pg_chameleon 2.0, or stay on 2.0.
--
-- The pairs of MySQL schema and destination schema in 2.0 are those that the upgrade found in 1.7.
SELECT format('only in 2.0   %s -> %s   (%s)', new.t_source_schema, new.t_dest_schema, new.t_source)
FROM pg_temp.chameleon_mapping AS new
WHERE NOT EXISTS (
    SELECT FROM pg_temp.chameleon_old_source AS old
    WHERE old.t_source_schema = new.t_source_schema AND old.t_dest_schema = new.t_dest_schema
)
UNION ALL
SELECT format('only in 1.7   %s -> %s   (%s)', old.t_source_schema, old.t_dest_schema, old.t_source)
FROM pg_temp.chameleon_old_source AS old
WHERE old.t_new_source IS NULL

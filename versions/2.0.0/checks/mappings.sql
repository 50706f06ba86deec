-- title:   Schema mappings match
-- failure: the configuration file and the 1.7 catalogue map different schemas
-- remedy:  Make sources.*.schema_mappings list exactly the catalogue's pairs, then run again.
--
-- The pairs of MySQL schema and destination schema in the catalogue are exactly those in the configuration file. Sources
-- without a MySQL schema are left to source_schemas.sql, and so is what the file maps to their destination.
SELECT format('only in the catalogue   %s -> %s   (%s)', old.t_source_schema, old.t_dest_schema, old.t_source)
FROM pg_temp.chameleon_old_source AS old
WHERE old.t_source_schema IS NOT NULL AND old.t_new_source IS NULL
UNION ALL
SELECT format('only in the file        %s -> %s   (sources.%s.schema_mappings)', new.t_source_schema, new.t_dest_schema, new.t_source)
FROM pg_temp.chameleon_mapping AS new
WHERE NOT EXISTS (
    SELECT FROM pg_temp.chameleon_old_source AS old
    WHERE coalesce(old.t_source_schema, new.t_source_schema) = new.t_source_schema AND old.t_dest_schema = new.t_dest_schema
)

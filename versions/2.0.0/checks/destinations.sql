-- title:   Destination schemas are mapped once
-- failure: the configuration file maps several MySQL schemas to one destination schema
-- remedy:  Keep one mapping for each destination schema, then run again.
--
-- Each destination schema is written by one MySQL schema only.
SELECT format(
    '%s is the destination of %s', t_dest_schema,
    string_agg(format('%s (sources.%s.schema_mappings)', t_source_schema, t_source), ', ' ORDER BY t_source, t_source_schema)
)
FROM pg_temp.chameleon_mapping
GROUP BY t_dest_schema
HAVING count(*) > 1
ORDER BY t_dest_schema

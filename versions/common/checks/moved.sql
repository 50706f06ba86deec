-- title:   Catalogue is unchanged since the checks
-- failure: the catalogue was changed after the checks
-- remedy:  Stop whoever writes to it, then run again.
--
-- The catalogue is what the checks saw.
SELECT moved.line
FROM (
    SELECT 'was  ' || gone.fact
    FROM (SELECT fact FROM pg_temp.chameleon_seen EXCEPT SELECT fact FROM pg_temp.chameleon_fact) AS gone
    UNION ALL
    SELECT 'is   ' || come.fact
    FROM (SELECT fact FROM pg_temp.chameleon_fact EXCEPT SELECT fact FROM pg_temp.chameleon_seen) AS come
) AS moved (line)
ORDER BY moved.line DESC

-- title:   No upgrade of pg_chameleon was interrupted
-- failure: an upgrade that pg_chameleon itself had begun was interrupted
-- remedy:  Put the 1.7 catalogue back with: ALTER SCHEMA sch_chameleon RENAME TO sch_chameleon_interrupted; ALTER
--          SCHEMA _sch_chameleon_version1 RENAME TO sch_chameleon; and run again. Or, where you have emptied the 2.0
--          catalogue yourself, drop the old one with: DROP SCHEMA _sch_chameleon_version1 CASCADE
--
-- No upgrade that pg_chameleon itself had begun is half-done. Asked of every catalogue: it renames the 1.7 catalogue away, and then
-- makes that of 2.0, its sources, their tables and their batches, each in a transaction of its own. The kept 1.7 catalogue counts
-- once it holds tables.
SELECT format('the 2.0 catalogue has %s beside the 1.7 catalogue in _sch_chameleon_version1', found.lack)
FROM (
    SELECT 'no source' WHERE NOT EXISTS (SELECT FROM sch_chameleon.t_sources)
    UNION ALL
    SELECT 'no registered table'
    WHERE EXISTS (SELECT FROM sch_chameleon.t_sources) AND NOT EXISTS (SELECT FROM sch_chameleon.t_replica_tables)
    UNION ALL
    SELECT format('no batch of the source %s', source.t_source)
    FROM sch_chameleon.t_sources AS source
    WHERE EXISTS (SELECT FROM sch_chameleon.t_replica_tables AS tab WHERE tab.i_id_source = source.i_id_source)
        AND NOT EXISTS (SELECT FROM sch_chameleon.t_replica_batch AS batch WHERE batch.i_id_source = source.i_id_source)
) AS found (lack)
WHERE pg_relation_size(to_regclass('_sch_chameleon_version1.t_replica_tables')) > 0
    AND (SELECT t_version FROM sch_chameleon.v_version) LIKE '2.%'

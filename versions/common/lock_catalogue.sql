-- Every table of the live catalogue, in the order of the names, so that two that lock cannot deadlock. The log tables are
-- locked with the table that they inherit from.
--
-- PostgreSQL ends an autovacuum once a session has waited for its lock for deadlock_timeout, which may be longer than lock_timeout. Where
-- there is one, that is waited out, in a mode that lets readers and writers go on and keeps the next autovacuum away.
DO $$
DECLARE
    patience  CONSTANT text := current_setting('lock_timeout');
    tables    text;
BEGIN
    SELECT string_agg(format('sch_chameleon.%I', relname), ', ' ORDER BY relname) INTO tables
    FROM pg_class
    WHERE relnamespace = 'sch_chameleon'::regnamespace
        AND relkind = 'r'
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid);
    -- A process of PostgreSQL itself has no role.
    IF EXISTS (
        SELECT FROM pg_locks JOIN pg_class ON pg_class.oid = relation JOIN pg_stat_activity USING (pid)
        WHERE relnamespace = 'sch_chameleon'::regnamespace AND usename IS NULL
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    THEN
        PERFORM set_config('lock_timeout', least(greatest(
            (SELECT setting::bigint FROM pg_settings WHERE name = 'lock_timeout'),
            (SELECT setting::bigint + 500 FROM pg_settings WHERE name = 'deadlock_timeout')), 2147483647)::text, true);
        EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', tables);
        PERFORM set_config('lock_timeout', patience, true);
    END IF;
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', tables);
END
$$;

-- Every table of the live catalogue, in the order of the names, so that two that lock cannot deadlock. The log tables are
-- locked with the table that they inherit from.
--
-- PostgreSQL ends an autovacuum once somebody has waited for its lock for deadlock_timeout, which is longer than lock_timeout. That is
-- waited out in a mode that lets readers and writers go on; with it held, the next autovacuum passes the table over.
DO $$
DECLARE
    patience  CONSTANT text := current_setting('lock_timeout');
    vacuumed  CONSTANT text := (SELECT setting::integer + 500 FROM pg_settings WHERE name = 'deadlock_timeout');
    tables    text;
BEGIN
    SELECT string_agg(format('sch_chameleon.%I', relname), ', ' ORDER BY relname) INTO tables
    FROM pg_class
    WHERE relnamespace = 'sch_chameleon'::regnamespace
        AND relkind = 'r'
        AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid);
    PERFORM set_config('lock_timeout', vacuumed, true);
    EXECUTE format('LOCK TABLE %s IN SHARE UPDATE EXCLUSIVE MODE', tables);
    PERFORM set_config('lock_timeout', patience, true);
    EXECUTE format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', tables);
END
$$;

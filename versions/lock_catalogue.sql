-- Every table of the live catalogue, in the order of the names, so that two that lock cannot deadlock. The log tables are
-- locked with the table that they inherit from.
DO $$
BEGIN
    EXECUTE (
        SELECT format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', string_agg(format('sch_chameleon.%I', relname), ', ' ORDER BY relname))
        FROM pg_class
        WHERE relnamespace = 'sch_chameleon'::regnamespace
            AND relkind = 'r'
            AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = pg_class.oid)
    );
END
$$;

-- Lets a rehearsal that is undone undo what it takes from the catalogue's sequences, too. nextval is not undone with its transaction; but
-- ALTER SEQUENCE is, and what is taken from the sequence after it.

DO $$
DECLARE
    sequence record;
    following bigint;
BEGIN
    FOR sequence IN
        SELECT nspname, relname, seqincrement
        FROM pg_sequence
        JOIN pg_class ON pg_class.oid = seqrelid
        JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE nspname IN ('sch_chameleon', '_sch_chameleon_version1')
        ORDER BY 1, 2
    LOOP
        EXECUTE format(
            'SELECT last_value + CASE WHEN is_called THEN %s ELSE 0 END FROM %I.%I',
            sequence.seqincrement, sequence.nspname, sequence.relname
        ) INTO following;
        EXECUTE format('ALTER SEQUENCE %I.%I RESTART WITH %s', sequence.nspname, sequence.relname, following);
    END LOOP;
END
$$;

-- Applies the fold and verifies it, in one statement. Its parameters:
--   %1$s  the table
--   %2$s  what has the keys' states: the statement's own part folded, or the temporary table
--   %3$s  the assignments: "id" = (folded.image)."id", ...
--   %4$s  where a state belongs to a row: target."id" = folded.key_1 AND ...
--   %5$s  the columns' names
--   %6$s  the columns' values: (folded.image)."id", ...
--   %7$s  the checks of other unique indexes:  AND NOT EXISTS ...
--   %8$s  the parts before, each followed by a comma
EXECUTE format($fold$
    %8$s updated AS (
        UPDATE %1$s target SET %3$s FROM %2$s folded WHERE %4$s AND folded.started AND folded.has RETURNING folded.started
    ), deleted AS (
        DELETE FROM %1$s target USING %2$s folded WHERE %4$s AND NOT folded.has RETURNING folded.started
    ), inserted AS (
        INSERT INTO %1$s (%5$s) SELECT %6$s FROM %2$s folded WHERE has AND NOT started
    ), found AS (
        SELECT started FROM updated UNION ALL SELECT started FROM deleted
    )
    SELECT expected.exact AND expected.rows = actual.rows AND actual.started%7$s
    FROM (SELECT bool_and(exact) AS exact, count(*) FILTER (WHERE started) AS rows FROM %2$s folded) expected,
        (SELECT coalesce(bool_and(started), true) AS started, count(*) AS rows FROM found) actual
    $fold$,
    part.relation, folded_in, found ->> 'assignments', found ->> 'match', found ->> 'columns', found ->> 'values',
    found ->> 'checks', coalesce(folding || ',', 'WITH'))
INTO folded USING range, batch_id;
IF folded IS NOT TRUE THEN
    RAISE EXCEPTION 'only in order';
END IF;
IF folding IS NULL THEN
    DROP TABLE pg_temp.chameleon_folded;
END IF;

-- Folds the events of the table part.relation, and says in folded whether it could.
DECLARE
    found       jsonb := looked -> part.relation::oid::text;
    dominant    boolean;
    range       bigint[];
    folding     text;
    folded_in   text := 'folded';
BEGIN
    range := ids;
    IF whole THEN
        SELECT ARRAY[min(id), max(id)] INTO range FROM unnest(ids) AS id;
    END IF;
    dominant := whole AND cardinality(ids) * 4 > range[2] - range[1];
    range := CASE WHEN dominant THEN range ELSE ids END;
    -- A table that has grown since PostgreSQL took it for a small one must not be read for each key.
    PERFORM set_config('enable_nestloop', found ->> 'large', true);
    --<< fold_states.sql
    --<< fold_parallel.sql
    --<< fold_apply.sql
    PERFORM set_config('enable_nestloop', nested_loops, true);
    row_events := row_events + cardinality(ids);
    folded := true;
EXCEPTION WHEN OTHERS THEN
    -- A cascade can reach what the other tables' events see: those have to be in order with this table's.
    IF found -> 'cascades' = 'true' THEN
        RAISE;
    END IF;
    folded := false;
END;

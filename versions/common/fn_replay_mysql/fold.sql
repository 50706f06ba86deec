-- Folds the events of the table part.relation where PostgreSQL's catalogue allows it, and says so in folded.
DECLARE
    col         record;
    key         record;
    idx         record;
    dominant    boolean;
    ids         bigint[];
    folding     text;
    folded_in   text := 'folded';
BEGIN
    --<< fold_columns.sql

    --<< fold_key.sql

    --<< fold_indexes.sql
    folded := col.foldable AND idx.foldable;
    IF folded THEN
        BEGIN
            dominant := whole AND cardinality(part.ids) * 4 > cardinality(run);
            ids := CASE WHEN dominant THEN run ELSE part.ids END;
            -- A table that has grown since PostgreSQL took it for a small one must not be read for each key.
            PERFORM set_config('enable_nestloop', part.large::text, true);
            --<< fold_states.sql
            --<< fold_parallel.sql
            --<< fold_apply.sql
            PERFORM set_config('enable_nestloop', nested_loops, true);
            row_events := row_events + cardinality(part.ids);
        EXCEPTION WHEN OTHERS THEN
            folded := false;
        END;
    END IF;
END;

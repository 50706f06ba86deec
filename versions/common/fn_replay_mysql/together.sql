-- Applies the chunk as if no event were in error, by runs of events.
DECLARE
    look          CONSTANT text := $look$
        --<< look.sql
        $look$;
    all_in_order  boolean := cardinality(chunk) < look_from;
    run           bigint[];
    run_start     integer := 1;
    run_ends      integer[] := ARRAY[cardinality(chunk)];
    run_number    integer := 1;
    cuts          bigint[];
    own_cuts      boolean;
    relations     oid[];
    deleting      oid[];
    few           boolean;
    looked        jsonb;
    looked_again  jsonb;
    events        jsonb;
    staged        oid[] := '{}';
    parts         text;
    part          record;
    folded        boolean;
    ids           bigint[];
    compiled      boolean;
    sequential_scans  CONSTANT text := current_setting('enable_seqscan');
BEGIN
    in_order_events := 0;
    IF NOT all_in_order THEN
        --<< whole.sql
        --<< cuts.sql
        --<< parts.sql
    END IF;
    WHILE run_number <= cardinality(run_ends) LOOP
        run := chunk[run_start:run_ends[run_number]];
        EXIT WHEN all_in_order;
        --<< tables.sql
        IF few THEN
            ids := run;
            --<< apply_in_order.sql
        ELSE
            EXECUTE look INTO looked USING relations, source_id, deleting, relations;
            --<< stage.sql
        END IF;
        FOR part IN EXECUTE parts USING
            CASE WHEN NOT few AND NOT relations <@ staged THEN run END, batch_id, source_id, fold_from, looked, own_cuts, staged
        LOOP
            IF part.ddl IS NOT NULL THEN
                ids := ARRAY[part.ddl];
                --<< apply_in_order.sql
                -- The statement has changed the table, and no other.
                EXECUTE look INTO looked_again USING relations, source_id, deleting, ARRAY[part.relation];
                looked := looked - part.relation::oid::text || coalesce(looked_again, '{}');
            END IF;
            ids := array_remove(part.ids, part.ddl);
            folded := false;
            IF part.relation = ANY (staged) THEN
                --<< fold_staged.sql
            ELSIF looked #>> ARRAY[part.relation::oid::text, 'obstacle'] IS NULL AND part.relation IS NOT NULL
                AND cardinality(ids) >= fold_from
            THEN
                --<< fold.sql
            END IF;
            IF NOT folded THEN
                --<< apply_in_order.sql
            END IF;
        END LOOP;
        IF staged <> '{}' THEN
            DROP TABLE pg_temp.chameleon_states;
            staged := '{}';
        END IF;
        IF NOT few AND NOT own_cuts AND run[cardinality(run)] = ANY (cuts) THEN
            ids := run[cardinality(run):];
            --<< apply_in_order.sql
        END IF;
        run_start := run_ends[run_number] + 1;
        run_number := run_number + 1;
    END LOOP;
    IF all_in_order THEN
        ids := chunk;
        --<< apply_in_order.sql
    END IF;
END;

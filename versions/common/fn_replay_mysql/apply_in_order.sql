-- Applies the events in ids one after the other. A caller that took several batches as one prefers them one by one then.
in_order_events := in_order_events + coalesce(cardinality(ids), 0);
IF in_order_events > most_in_order THEN
    RAISE EXCEPTION 'too many events to apply in order';
END IF;
compiled := false;
IF cardinality(ids) >= fold_from AND NOT all_in_order AND NOT few AND NOT coalesce(ids && cuts, false) THEN
    --<< compiled.sql
END IF;
IF NOT compiled THEN
    FOR event IN EXECUTE statements USING ids, batch_id, source_id LOOP
        --<< event.sql
    END LOOP;
END IF;

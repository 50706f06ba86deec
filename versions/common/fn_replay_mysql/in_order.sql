DECLARE
    message  text;
BEGIN
    FOR event IN EXECUTE statements USING chunk, batch_id, source_id LOOP
        CONTINUE WHEN event.i_id_table = ANY (disabled);
        BEGIN
            --<< event.sql
        EXCEPTION WHEN OTHERS THEN
            --<< error.sql
            IF exit_on_error THEN
                status.b_error := true;
                EXIT;
            END IF;
            disabled := disabled || event.i_id_table;
        END;
    END LOOP;
    IF status.b_error THEN
        chunk := ARRAY(SELECT id FROM unnest(chunk) AS id WHERE id < event.i_id_event ORDER BY id);
    END IF;
END;

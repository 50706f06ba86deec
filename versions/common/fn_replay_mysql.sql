-- Purpose:   replays the oldest pending batch of a source. Where a table has many events between two DDL events, they
--            are folded: to the last image of each key, applied at once. Everything else is applied event by
--            event in the order of i_id_event; so is all that cannot be folded with certainly the same outcome.
-- Arguments: the greatest number of events to take in this call; the source's i_id_source; whether to stop at
--            the first error. Without that, a table with an error is disabled and the others go on.
-- Result:    b_continue: whether to call again; b_error: whether it stopped at an error; v_table_error: a line
--            per table in error. At a stop, what came before the event in error stays applied and is accounted
--            for, so that the next call begins with that event.
-- Touches:   the registered and enabled tables; t_batch_events, the batch's log table, t_replica_batch,
--            t_replica_tables, t_last_replayed, t_error_log; for many events of a table, a temporary table.
--
-- A fold follows each key through its events. An insert, or an update that changes the key, arrives at a key; a delete,
-- or such an update, departs from one; any other update stays at its key. The outcome is that of the order where
--   * every image has exactly the columns of the table, each value can be read as its column's type, and none is NULL
--     that must not be, those that are replaced later included: in order, each of them would have to be stored;
--   * after a key's arrival come departures and stays only, after its departure an arrival only;
--   * a key that is first departed from or stayed at is in the table, a key that is first arrived at is not;
--   * a value of another unique index belongs to one key only, in all images and in the table;
--   * a value of a foreign key has its row in the table that it refers to, which has no events, in all images; a key of a
--     table that is referred to is not departed from;
--   * the registered key is the primary key, nothing but the types, NOT NULL, unique indexes and foreign keys of the table
--     decides what may be stored in it, no check and no expression, and no change of it reaches another table.
-- The last is read from PostgreSQL's catalogue, the others are verified by the statement that applies the fold. Where
-- one does not hold, and at any error, the fold is rolled back and its events are applied in order.
CREATE OR REPLACE FUNCTION @catalogue.fn_replay_mysql(integer, integer, boolean)
RETURNS @catalogue.ty_replay_status
LANGUAGE plpgsql AS $function$
DECLARE
    max_events     ALIAS FOR $1;
    source_id      ALIAS FOR $2;
    exit_on_error  ALIAS FOR $3;
    --<< limits.sql
    by_id          CONSTANT text := 'log.i_id_batch = $2 AND log.i_id_event = ANY ($1)';
    by_range       CONSTANT text := 'log.i_id_batch = $2 AND log.i_id_event BETWEEN $1[1] AND $1[cardinality($1)]';
    -- A call takes what its caller wants.
    most_in_order  CONSTANT bigint := NULL;
    caller_path    CONSTANT text := current_setting('search_path');
    nested_loops   CONSTANT text := current_setting('enable_nestloop');
    status         @catalogue.ty_replay_status;
    batch_id       bigint;
    log_table      text;
    pending        bigint[];
    chunk          bigint[];
    whole          boolean := false;
    statements     text;
    event          record;
    in_order       boolean := false;
    in_order_events  bigint;
    disabled       bigint[] := '{}';
    row_events     bigint := 0;
    ddl_events     bigint := 0;
BEGIN
    IF max_events < 1 IS NOT FALSE THEN
        RAISE EXCEPTION 'a call takes % events, a number above 0 is needed', max_events;
    END IF;
    status.b_continue := false;
    status.b_error := false;
    --<< take_batch.sql

    --<< event_statements.sql

    -- First as if no event were in error.
    BEGIN
        --<< together.sql
    EXCEPTION WHEN OTHERS THEN
        in_order := true;
        row_events := 0;
        ddl_events := 0;
    END;

    -- Then, as there is one, all of the chunk in order, each event in a subtransaction of its own.
    IF in_order THEN
        --<< in_order.sql
    END IF;

    --<< account.sql
    RETURN status;
END
$function$;

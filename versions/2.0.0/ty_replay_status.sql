-- Purpose: what fn_replay_mysql returns: whether to call again, whether it stopped at an error, a line per table in error.
CREATE TYPE sch_chameleon.ty_replay_status AS (
    b_continue     boolean,
    b_error        boolean,
    v_table_error  varchar[]
);

-- Purpose:   creates the log tables of every source, where they are missing.
-- Arguments: none; the names are in t_sources.v_log_table.
-- Result:    none. Run again, it changes nothing.
-- Touches:   t_sources (read); the log tables, each an heir of t_log_replica.
CREATE OR REPLACE FUNCTION sch_chameleon.fn_refresh_parts() RETURNS void
LANGUAGE plpgsql AS $function$
DECLARE
    log_table text;
BEGIN
    FOR log_table IN SELECT unnest(v_log_table) FROM sch_chameleon.t_sources ORDER BY i_id_source
    LOOP
        CONTINUE WHEN to_regclass(format('sch_chameleon.%I', log_table)) IS NOT NULL;
        EXECUTE format(
            'CREATE TABLE sch_chameleon.%I (
                CONSTRAINT %I PRIMARY KEY (i_id_event),
                CONSTRAINT %I FOREIGN KEY (i_id_batch)
                    REFERENCES sch_chameleon.t_replica_batch ON UPDATE RESTRICT ON DELETE CASCADE
            ) INHERITS (sch_chameleon.t_log_replica)',
            log_table, 'pk_' || log_table, 'fk_' || log_table);
        EXECUTE format(
            'CREATE INDEX %I ON sch_chameleon.%I (i_id_batch)', 'idx_id_batch_' || log_table, log_table);
    END LOOP;
END
$function$;

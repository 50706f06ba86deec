CREATE FUNCTION sch_chameleon.fn_refresh_parts() RETURNS void LANGUAGE plpgsql AS $$
DECLARE n text;
BEGIN
FOR n IN SELECT unnest(v_log_table) FROM sch_chameleon.t_sources LOOP
 EXECUTE format('CREATE TABLE IF NOT EXISTS sch_chameleon.%I (CONSTRAINT %I PRIMARY KEY (i_id_event), CONSTRAINT %I FOREIGN KEY (i_id_batch) REFERENCES sch_chameleon.t_replica_batch ON UPDATE RESTRICT ON DELETE CASCADE) INHERITS (sch_chameleon.t_log_replica)', n, 'pk_'||n, 'fk_'||n);
 EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON sch_chameleon.%I (i_id_batch)', 'idx_id_batch_'||n, n);
END LOOP;
END $$;

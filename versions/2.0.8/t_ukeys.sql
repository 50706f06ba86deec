-- Purpose: where pg_chameleon keeps the unique constraints of the tables that it copies.
CREATE TABLE sch_chameleon.t_ukeys (
    i_id_ukey      bigserial,
    v_schema_name  varchar NOT NULL,
    v_table_name   varchar NOT NULL,
    v_index_name   varchar NOT NULL,
    t_ukey_drop    text,
    t_ukey_create  text,
    CONSTRAINT pk_t_ukeys PRIMARY KEY (i_id_ukey)
);
CREATE UNIQUE INDEX idx_t_ukeys_table_schema
    ON sch_chameleon.t_ukeys (v_schema_name, v_table_name, v_index_name);

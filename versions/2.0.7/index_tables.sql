-- Purpose: where pg_chameleon keeps the indexes, primary keys and foreign keys that it drops while it copies a table.
CREATE TABLE sch_chameleon.t_indexes (
    i_id_index      bigserial,
    v_schema_name   varchar NOT NULL,
    v_table_name    varchar NOT NULL,
    v_index_name    varchar NOT NULL,
    t_index_drop    text,
    t_index_create  text,
    CONSTRAINT pk_t_indexes PRIMARY KEY (i_id_index)
);
CREATE UNIQUE INDEX idx_t_indexes_idx_table_schema
    ON sch_chameleon.t_indexes (v_schema_name, v_table_name, v_index_name);

CREATE TABLE sch_chameleon.t_pkeys (
    i_id_pkey      bigserial,
    v_schema_name  varchar NOT NULL,
    v_table_name   varchar NOT NULL,
    v_index_name   varchar NOT NULL,
    t_pkey_drop    text,
    t_pkey_create  text,
    CONSTRAINT pk_t_pkeys PRIMARY KEY (i_id_pkey)
);
CREATE UNIQUE INDEX idx_t_pkeys_table_schema ON sch_chameleon.t_pkeys (v_schema_name, v_table_name);

CREATE TABLE sch_chameleon.t_fkeys (
    i_id_fkey          bigserial,
    v_schema_name      varchar NOT NULL,
    v_table_name       varchar NOT NULL,
    v_constraint_name  varchar NOT NULL,
    t_fkey_drop        text,
    t_fkey_create      text,
    t_fkey_validate    text,
    CONSTRAINT pk_t_fkeys PRIMARY KEY (i_id_fkey)
);
CREATE UNIQUE INDEX idx_t_fkeys_idx_table_schema
    ON sch_chameleon.t_fkeys (v_schema_name, v_table_name, v_constraint_name);

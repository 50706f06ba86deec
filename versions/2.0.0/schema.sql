-- Enums, tables and indexes of the catalogue 2.0.0, in the schema sch_chameleon, which must exist and be empty.

CREATE TYPE sch_chameleon.en_src_status AS ENUM
    ('ready', 'initialising', 'initialised', 'syncing', 'synced', 'stopped', 'running', 'error');

CREATE TYPE sch_chameleon.en_binlog_event AS ENUM ('delete', 'update', 'insert', 'ddl');

CREATE TYPE sch_chameleon.en_src_type AS ENUM ('mysql', 'pgsql');

CREATE TABLE sch_chameleon.t_sources (
    i_id_source          bigserial,
    t_source             text NOT NULL,
    jsb_schema_mappings  jsonb NOT NULL,
    enm_status           sch_chameleon.en_src_status NOT NULL DEFAULT 'ready',
    t_binlog_name        text,
    i_binlog_position    integer,
    b_consistent         boolean NOT NULL DEFAULT true,
    enm_source_type      sch_chameleon.en_src_type NOT NULL,
    v_log_table          varchar[],
    CONSTRAINT pk_t_sources PRIMARY KEY (i_id_source)
);
CREATE UNIQUE INDEX idx_t_sources_t_source ON sch_chameleon.t_sources (t_source);

CREATE TABLE sch_chameleon.t_last_received (
    i_id_source       bigserial,
    ts_last_received  timestamp,
    CONSTRAINT pk_t_last_received PRIMARY KEY (i_id_source),
    CONSTRAINT fk_last_received_id_source FOREIGN KEY (i_id_source)
        REFERENCES sch_chameleon.t_sources ON UPDATE RESTRICT ON DELETE CASCADE
);

CREATE TABLE sch_chameleon.t_last_replayed (
    i_id_source       bigserial,
    ts_last_replayed  timestamp,
    CONSTRAINT pk_t_last_replayed PRIMARY KEY (i_id_source),
    CONSTRAINT fk_last_replayed_id_source FOREIGN KEY (i_id_source)
        REFERENCES sch_chameleon.t_sources ON UPDATE RESTRICT ON DELETE CASCADE
);

CREATE TABLE sch_chameleon.t_replica_batch (
    i_id_batch         bigserial,
    i_id_source        bigint NOT NULL,
    t_binlog_name      text,
    i_binlog_position  integer,
    b_started          boolean NOT NULL DEFAULT false,
    b_processed        boolean NOT NULL DEFAULT false,
    b_replayed         boolean NOT NULL DEFAULT false,
    ts_created         timestamp NOT NULL DEFAULT clock_timestamp(),
    ts_processed       timestamp,
    ts_replayed        timestamp,
    i_replayed         bigint,
    i_skipped          bigint,
    i_ddl              bigint,
    CONSTRAINT pk_t_batch PRIMARY KEY (i_id_batch),
    CONSTRAINT fk_t_replica_batch_i_id_source FOREIGN KEY (i_id_source)
        REFERENCES sch_chameleon.t_sources ON UPDATE RESTRICT ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_t_replica_batch_binlog_name_position
    ON sch_chameleon.t_replica_batch (i_id_source, t_binlog_name, i_binlog_position);
CREATE UNIQUE INDEX idx_t_replica_batch_ts_created ON sch_chameleon.t_replica_batch (i_id_source, ts_created);

CREATE TABLE sch_chameleon.t_batch_events (
    i_id_batch  bigint NOT NULL,
    i_id_event  bigint[] NOT NULL,
    CONSTRAINT pk_t_batch_id_events PRIMARY KEY (i_id_batch),
    CONSTRAINT fk_t_batch_id_events_i_id_batch FOREIGN KEY (i_id_batch)
        REFERENCES sch_chameleon.t_replica_batch ON UPDATE RESTRICT ON DELETE CASCADE
);

CREATE TABLE sch_chameleon.t_log_replica (
    i_id_event         bigserial,
    i_id_batch         bigserial,
    v_table_name       varchar(100) NOT NULL,
    v_schema_name      varchar(100) NOT NULL,
    enm_binlog_event   sch_chameleon.en_binlog_event NOT NULL,
    t_binlog_name      text,
    i_binlog_position  integer,
    ts_event_datetime  timestamp NOT NULL DEFAULT clock_timestamp(),
    jsb_event_after    jsonb,
    jsb_event_before   jsonb,
    t_query            text,
    i_my_event_time    bigint,
    CONSTRAINT pk_log_replica PRIMARY KEY (i_id_event),
    CONSTRAINT fk_replica_batch FOREIGN KEY (i_id_batch)
        REFERENCES sch_chameleon.t_replica_batch ON UPDATE RESTRICT ON DELETE CASCADE
);

CREATE TABLE sch_chameleon.t_replica_tables (
    i_id_table         bigserial,
    i_id_source        bigint NOT NULL,
    v_table_name       varchar(100) NOT NULL,
    v_schema_name      varchar(100) NOT NULL,
    v_table_pkey       varchar(100)[] NOT NULL,
    t_binlog_name      text,
    i_binlog_position  integer,
    b_replica_enabled  boolean NOT NULL DEFAULT true,
    CONSTRAINT pk_t_replica_tables PRIMARY KEY (i_id_table),
    CONSTRAINT fk_t_replica_tables_i_id_source FOREIGN KEY (i_id_source)
        REFERENCES sch_chameleon.t_sources ON UPDATE RESTRICT ON DELETE CASCADE
);
CREATE UNIQUE INDEX idx_t_replica_tables_table_schema
    ON sch_chameleon.t_replica_tables (i_id_source, v_table_name, v_schema_name);

CREATE TABLE sch_chameleon.t_discarded_rows (
    i_id_row       bigserial,
    i_id_batch     bigint NOT NULL,
    ts_discard     timestamptz NOT NULL DEFAULT clock_timestamp(),
    v_table_name   varchar(100) NOT NULL,
    v_schema_name  varchar(100) NOT NULL,
    t_row_data     text,
    CONSTRAINT pk_t_discarded_rows PRIMARY KEY (i_id_row)
);

CREATE TABLE sch_chameleon.t_error_log (
    i_id_log           bigserial,
    i_id_batch         bigint NOT NULL,
    i_id_source        bigint NOT NULL,
    v_table_name       varchar(100) NOT NULL,
    v_schema_name      varchar(100) NOT NULL,
    t_table_pkey       text NOT NULL,
    t_binlog_name      text NOT NULL,
    i_binlog_position  integer NOT NULL,
    ts_error           timestamp,
    t_sql              text,
    t_error_message    text,
    CONSTRAINT pk_t_error_log PRIMARY KEY (i_id_log)
);

-- Purpose:   the aggregates binlog_max and binlog_min over positions.
-- Arguments: text[] positions {file, offset}. Files compare by the number after their last dot (a host's name
--            may hold dots), then by offset; offsets and numbers may pass 2^31.
-- Result:    the latest or the earliest position, rows without one left out; {0,0} over no rows.
-- Touches:   nothing.
CREATE OR REPLACE FUNCTION sch_chameleon.fn_binlog_max(text[], text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $function$
    SELECT CASE
        WHEN $2[1] IS NULL OR $2[2] IS NULL THEN $1
        WHEN $1 = '{0,0}' THEN $2
        WHEN (substring($2[1] from '[^.]*$')::numeric, $2[2]::numeric)
           > (substring($1[1] from '[^.]*$')::numeric, $1[2]::numeric) THEN $2
        ELSE $1
    END
$function$;

CREATE OR REPLACE FUNCTION sch_chameleon.fn_binlog_min(text[], text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $function$
    SELECT CASE
        WHEN $2[1] IS NULL OR $2[2] IS NULL THEN $1
        WHEN $1 = '{0,0}' THEN $2
        WHEN (substring($2[1] from '[^.]*$')::numeric, $2[2]::numeric)
           < (substring($1[1] from '[^.]*$')::numeric, $1[2]::numeric) THEN $2
        ELSE $1
    END
$function$;

CREATE OR REPLACE FUNCTION sch_chameleon.fn_binlog_max_final(text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE AS 'SELECT $1';

CREATE OR REPLACE FUNCTION sch_chameleon.fn_binlog_min_final(text[]) RETURNS text[]
LANGUAGE sql IMMUTABLE AS 'SELECT $1';

DROP AGGREGATE IF EXISTS sch_chameleon.binlog_max(text[]);
CREATE AGGREGATE sch_chameleon.binlog_max(text[]) (
    SFUNC = sch_chameleon.fn_binlog_max,
    STYPE = text[],
    FINALFUNC = sch_chameleon.fn_binlog_max_final,
    INITCOND = '{0,0}'
);

DROP AGGREGATE IF EXISTS sch_chameleon.binlog_min(text[]);
CREATE AGGREGATE sch_chameleon.binlog_min(text[]) (
    SFUNC = sch_chameleon.fn_binlog_min,
    STYPE = text[],
    FINALFUNC = sch_chameleon.fn_binlog_min_final,
    INITCOND = '{0,0}'
);

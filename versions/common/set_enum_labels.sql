-- The enum named in chameleon.enum has the labels in chameleon.labels, in this order, in each column that has it: it takes the
-- place of the one that is there, which PostgreSQL cannot take a label from, and before version 12 cannot add one to in a
-- transaction. Where there is none it is created, and without labels it is only dropped.

DO $$
DECLARE
    enum name := current_setting('chameleon.enum');
    labels text[] := current_setting('chameleon.labels');
    old regtype := to_regtype(format('sch_chameleon.%I', enum));
    owner name := (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'sch_chameleon');
    changes text[];
    defaults text[];
    statement text;
BEGIN
    SELECT
        array_agg(format(
            'ALTER TABLE %1$s ALTER %2$I DROP DEFAULT, ALTER %2$I TYPE sch_chameleon.%3$I USING %2$I::text::sch_chameleon.%3$I',
            attrelid::regclass, attname, enum || '_new'
        )),
        array_agg(format('ALTER TABLE %s ALTER %I SET DEFAULT %s', attrelid::regclass, attname, pg_get_expr(adbin, adrelid)))
            FILTER (WHERE adbin IS NOT NULL)
    INTO changes, defaults
    FROM pg_attribute
    JOIN pg_class ON pg_class.oid = attrelid AND relkind IN ('r', 'p')
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE atttypid = old AND attinhcount = 0 AND NOT attisdropped;

    IF cardinality(labels) > 0 THEN
        EXECUTE format(
            'CREATE TYPE sch_chameleon.%I AS ENUM (%s)', enum || '_new',
            (SELECT string_agg(quote_literal(label), ', ' ORDER BY i_order) FROM unnest(labels) WITH ORDINALITY AS each (label, i_order))
        );
        EXECUTE format('ALTER TYPE sch_chameleon.%I OWNER TO %I', enum || '_new', owner);
        FOREACH statement IN ARRAY coalesce(changes, '{}') LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
    IF old IS NOT NULL THEN
        EXECUTE format('DROP TYPE sch_chameleon.%I', enum);
    END IF;
    IF cardinality(labels) > 0 THEN
        EXECUTE format('ALTER TYPE sch_chameleon.%I RENAME TO %I', enum || '_new', enum);
        FOREACH statement IN ARRAY coalesce(defaults, '{}') LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
END
$$;

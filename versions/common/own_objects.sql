-- The schema of the version table and the history, and its tables: what the role may do, and what gives them to the catalogue's owner.
WITH catalogue (owner) AS (
    SELECT coalesce((SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'sch_chameleon'), current_user)
), own (kind, object, owner, readable, writable) AS (
    SELECT
        'schema', quote_ident(nspname), pg_get_userbyid(nspowner),
        has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'USAGE')
    FROM pg_namespace
    WHERE nspname = 'chameleon_migrations'
    UNION ALL
    SELECT
        'table', format('%I.%I', nspname, relname), pg_get_userbyid(relowner),
        has_table_privilege(cls.oid, 'SELECT'),
        (
            SELECT bool_and(has_table_privilege(cls.oid, privilege))
            FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
        )
    FROM pg_class AS cls
    JOIN pg_namespace AS nsp ON nsp.oid = relnamespace
    WHERE nspname = 'chameleon_migrations' AND relkind = 'r'
)
SELECT
    format('the %s %s belongs to %I', kind, object, own.owner) AS fact,
    readable,
    writable,
    CASE
        WHEN own.owner = catalogue.owner THEN format('name %I in pg_conn', own.owner)
        ELSE format('ALTER %s %s OWNER TO %I;', upper(kind), object, catalogue.owner)
    END AS remedy
FROM own
CROSS JOIN catalogue

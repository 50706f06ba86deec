-- The schema of the version table and the history belongs to the owner of the live catalogue, where there is one, and who may use
-- the catalogue's schema may use this one. common/share_rights.sql does the same for its tables, whose names this hands over.

DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format('ALTER SCHEMA %I OWNER TO %I', own.nspname, pg_get_userbyid(catalogue.nspowner))
        FROM pg_namespace AS own
        JOIN pg_namespace AS catalogue ON catalogue.nspname = 'sch_chameleon'
        WHERE own.nspname = 'chameleon_migrations'
            AND own.nspowner <> catalogue.nspowner AND pg_has_role(own.nspowner, 'USAGE')
        UNION ALL
        SELECT format(
            'GRANT USAGE ON SCHEMA %I TO %s%s',
            own.nspname,
            CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END,
            CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' END
        )
        FROM pg_namespace AS own
        JOIN pg_namespace AS catalogue ON catalogue.nspname = 'sch_chameleon'
        CROSS JOIN LATERAL aclexplode(catalogue.nspacl) AS acl
        WHERE own.nspname = 'chameleon_migrations' AND pg_has_role(own.nspowner, 'USAGE')
            AND acl.privilege_type = 'USAGE' AND acl.grantee <> catalogue.nspowner
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

SELECT set_config(
    'chameleon.shared',
    (
        SELECT coalesce(jsonb_agg(pg_class.oid::regclass), '[]')::text
        FROM pg_class
        JOIN pg_namespace AS own ON own.oid = relnamespace
        JOIN pg_namespace AS catalogue ON catalogue.nspname = 'sch_chameleon'
        WHERE own.nspname = 'chameleon_migrations' AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')
    ),
    false
);

-- The relations named in chameleon.shared, a JSON array, belong to the catalogue's owner, and a role that may do something with
-- every other table and view of the catalogue, or with every other sequence, may do it with them too.

DO $$
DECLARE
    shared regclass[] := ARRAY(SELECT jsonb_array_elements_text(current_setting('chameleon.shared')::jsonb)::regclass);
    owner oid := (SELECT nspowner FROM pg_namespace WHERE nspname = 'sch_chameleon');
    statement text;
BEGIN
    FOR statement IN
        SELECT format(
            'ALTER %s %s OWNER TO %I', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, oid::regclass, pg_get_userbyid(owner)
        )
        FROM pg_class
        WHERE oid = ANY (shared)
    LOOP
        EXECUTE statement;
    END LOOP;
    FOR statement IN
        WITH relation AS (
            SELECT
                cls.oid, cls.relacl, cls.relkind = 'S' AS is_sequence, coalesce(tab.oid, cls.oid) = ANY (shared) AS is_shared
            FROM pg_class AS cls
            LEFT JOIN pg_depend AS dep
                ON cls.relkind = 'S' AND dep.classid = 'pg_class'::regclass AND dep.objid = cls.oid AND dep.deptype = 'a'
            LEFT JOIN pg_class AS tab ON tab.oid = dep.refobjid
            WHERE (cls.relnamespace = to_regnamespace('sch_chameleon') OR cls.oid = ANY (shared))
                AND cls.relkind IN ('r', 'v', 'S')
                AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = cls.oid)
        ), granted AS (
            SELECT
                is_sequence, acl.privilege_type, acl.grantee, bool_and(acl.is_grantable) AS is_grantable,
                count(DISTINCT oid) AS number
            FROM relation
            CROSS JOIN LATERAL aclexplode(relacl) AS acl
            WHERE NOT is_shared AND acl.grantee <> owner
            GROUP BY is_sequence, acl.privilege_type, acl.grantee
        )
        SELECT format(
            'GRANT %s ON %s %s TO %s%s',
            privilege_type,
            CASE WHEN is_sequence THEN 'SEQUENCE' ELSE 'TABLE' END,
            oid::regclass,
            CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
            CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END
        )
        FROM relation
        JOIN granted USING (is_sequence)
        WHERE is_shared
            AND number = (
                SELECT count(*) FROM relation AS every WHERE NOT every.is_shared AND every.is_sequence = relation.is_sequence
            )
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

-- The 2.0 catalogue belongs to the owner of the 1.7 catalogue, and whoever could use the old one can use the new one.

DO $$
DECLARE
    owner name := (SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = '_sch_chameleon_version1');
    statement text;
BEGIN
    EXECUTE format('ALTER SCHEMA sch_chameleon OWNER TO %I', owner);
    FOR statement IN
        SELECT format(
            'ALTER %s sch_chameleon.%I OWNER TO %I', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END, relname, owner
        )
        FROM pg_class
        WHERE relnamespace = 'sch_chameleon'::regnamespace AND relkind IN ('r', 'v')
        UNION ALL
        SELECT format(
            'ALTER %s sch_chameleon.%I(%s) OWNER TO %I',
            CASE WHEN aggfnoid IS NULL THEN 'FUNCTION' ELSE 'AGGREGATE' END,
            proname, pg_get_function_identity_arguments(pg_proc.oid), owner
        )
        FROM pg_proc
        LEFT JOIN pg_aggregate ON aggfnoid = pg_proc.oid
        WHERE pronamespace = 'sch_chameleon'::regnamespace
        UNION ALL
        SELECT format('ALTER TYPE sch_chameleon.%I OWNER TO %I', typname, owner)
        FROM pg_type
        LEFT JOIN pg_class ON pg_class.oid = typrelid
        WHERE typnamespace = 'sch_chameleon'::regnamespace AND (typtype = 'e' OR relkind = 'c')
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

DO $$
DECLARE
    statement text;
BEGIN
    FOR statement IN
        SELECT format(
            'GRANT %s ON SCHEMA sch_chameleon TO %s%s',
            acl.privilege_type,
            CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END,
            CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' END
        )
        FROM pg_namespace, aclexplode(nspacl) AS acl
        WHERE nspname = '_sch_chameleon_version1' AND acl.grantee <> nspowner
        UNION ALL
        -- A table or sequence without a counterpart in 1.7 gets what the role has on every one there.
        SELECT format(
            'GRANT %s ON %s sch_chameleon.%I TO %s%s',
            acl.privilege_type,
            CASE new.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
            new.relname,
            CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(acl.grantee)) END,
            CASE WHEN bool_and(acl.is_grantable) THEN ' WITH GRANT OPTION' END
        )
        FROM pg_class AS new
        JOIN pg_class AS old
            ON old.relnamespace = '_sch_chameleon_version1'::regnamespace
            AND (old.relkind = 'S') = (new.relkind = 'S')
        CROSS JOIN LATERAL aclexplode(old.relacl) AS acl
        WHERE new.relnamespace = 'sch_chameleon'::regnamespace
            AND new.relkind IN ('r', 'v', 'S')
            AND old.relkind IN ('r', 'v', 'S')
            AND acl.grantee <> old.relowner
        GROUP BY new.relname, new.relkind, acl.grantee, acl.privilege_type
        HAVING bool_or(old.relname = new.relname)
            OR count(DISTINCT old.oid) = (
                SELECT count(*)
                FROM pg_class AS every
                WHERE every.relnamespace = '_sch_chameleon_version1'::regnamespace
                    AND every.relkind IN ('r', 'v', 'S')
                    AND (every.relkind = 'S') = (new.relkind = 'S')
            )
    LOOP
        EXECUTE statement;
    END LOOP;
END
$$;

-- title:   Session may write
-- failure: the session is read-only
-- remedy:  Name the primary server in pg_conn, or set it for the role: ALTER ROLE ... SET default_transaction_read_only = off;
--          then run again.
--
-- The session may write.
SELECT 'the server is a standby, in recovery'
WHERE pg_is_in_recovery()
UNION ALL
SELECT 'default_transaction_read_only is on for this role, database or server'
WHERE NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'on'

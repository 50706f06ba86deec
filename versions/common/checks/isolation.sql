-- title:   Transaction is READ COMMITTED
-- failure: a transaction of another isolation level cannot see what others commit until it has its locks
-- remedy:  Run it in a transaction that is READ COMMITTED.
--
-- What others commit until the catalogue is locked is seen when the checks are asked again under the locks.
SELECT format('the transaction is %s', current_setting('transaction_isolation'))
WHERE current_setting('transaction_isolation') <> 'read committed'

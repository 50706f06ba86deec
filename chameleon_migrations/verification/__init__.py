"""The comparison of the replicated rows with MySQL's.

Both sides yield a digest of each row, in the order of the key (`statements`, `reading`). A row whose digests differ is
read by value: a column has a rule (`rules`) that gives its two images (`images`), the value as pg_chameleon's copy writes
it and as a replayed event does. PostgreSQL's row has to equal one image in all columns. A row that does not is a suspect
until the replica has passed the position that MySQL had then (`positions`); it is read again, and counts where neither
side has changed (`comparison`). `verifier` does so for all registered tables.
"""

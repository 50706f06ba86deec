-- Where each source goes on reading: its latest batch that is not yet read.
SELECT DISTINCT ON (i_id_source) *
FROM @catalogue.t_replica_batch
WHERE NOT b_processed AND NOT b_replayed
ORDER BY i_id_source, ts_created DESC

-- What an event does to a key: whether it had a row before, and has one after. A move does so to two keys.
JOIN (VALUES ('insert', false, true), ('stay', true, true), ('move', true, false), ('move', false, true),
    ('delete', true, false)) effect (change, had, has)
ON change = CASE kind WHEN 'insert' THEN 'insert' WHEN 'delete' THEN 'delete'

-- backfill: random_by_key
-- table: thing
-- key: id
-- where: b IS NULL
UPDATE thing SET b = upper(thing.a) FROM chunk WHERE thing.id = chunk.id

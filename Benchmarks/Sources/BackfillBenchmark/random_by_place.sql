-- backfill: random_by_place
-- table: thing
-- key: ctid
-- where: b IS NULL
UPDATE thing SET b = upper(thing.a) FROM chunk WHERE thing.ctid = chunk.ctid

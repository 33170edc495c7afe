-- backfill: upper_case
-- table: item
-- key: id
UPDATE item SET b = upper(item.a) FROM chunk WHERE item.id = chunk.id

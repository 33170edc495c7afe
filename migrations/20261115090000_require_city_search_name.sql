-- migrate:up requires-backfill:normalize_city_names
ALTER TABLE city ADD CONSTRAINT city_search_name_present CHECK (search_name IS NOT NULL);

-- migrate:down
ALTER TABLE city DROP CONSTRAINT city_search_name_present;

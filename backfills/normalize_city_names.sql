-- backfill: normalize_city_names
-- table: city
-- key: id
-- where: search_name IS NULL
-- verify: SELECT count(*) FROM city WHERE search_name IS NULL
UPDATE city
SET search_name = city_search_name(city.name)
FROM chunk
WHERE city.id = chunk.id

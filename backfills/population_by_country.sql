-- Adds up instead of recomputing, which is right only because a chunk and its checkpoint are one transaction: no city
-- is left out and none is counted twice, however often the run is killed.
--
-- backfill: population_by_country
-- table: city
-- key: id
-- verify: SELECT count(*)
--         FROM (SELECT country_code, count(*), sum(population) FROM city GROUP BY country_code
--               EXCEPT
--               SELECT code, cities, population FROM country) AS different
INSERT INTO country (code, cities, population)
SELECT country_code, count(*), sum(population)
FROM chunk
JOIN city ON city.id = chunk.id
GROUP BY country_code
ORDER BY country_code
ON CONFLICT (code) DO UPDATE
SET cities     = country.cities + excluded.cities,
    population = country.population + excluded.population

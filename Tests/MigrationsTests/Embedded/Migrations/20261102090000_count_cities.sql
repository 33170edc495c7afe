-- migrate:up
CREATE FUNCTION city_count() RETURNS bigint LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT count(*) FROM city;
END;
-- migrate:down
DROP FUNCTION city_count();

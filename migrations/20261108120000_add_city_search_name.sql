-- migrate:up
ALTER TABLE city ADD COLUMN search_name text;

-- New and renamed cities get their search name from here on; those that exist get it from a backfill.
CREATE FUNCTION city_search_name(name text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(regexp_replace(normalize(name, NFKD), '[\u0300-\u036F]', '', 'g'));

CREATE FUNCTION set_city_search_name() RETURNS trigger
    LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_name := city_search_name(NEW.name);
    RETURN NEW;
END
$$;

CREATE TRIGGER city_search_name
    BEFORE INSERT OR UPDATE OF name ON city
    FOR EACH ROW EXECUTE FUNCTION set_city_search_name();

-- migrate:down
DROP TRIGGER city_search_name ON city;
DROP FUNCTION set_city_search_name();
DROP FUNCTION city_search_name(text);
ALTER TABLE city DROP COLUMN search_name;

-- migrate:up
CREATE TABLE city (
    id              bigint PRIMARY KEY,
    name            text NOT NULL,
    alternate_names text,
    country_code    text NOT NULL,
    admin1_code     text,
    latitude        double precision NOT NULL,
    longitude       double precision NOT NULL,
    population      bigint NOT NULL,
    timezone        text NOT NULL
);

COMMENT ON COLUMN city.alternate_names IS 'Names in every language and script, separated by |';

-- migrate:down
DROP TABLE city;

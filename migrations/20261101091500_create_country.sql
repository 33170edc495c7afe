-- migrate:up
CREATE TABLE country (
    code       text PRIMARY KEY,
    cities     bigint NOT NULL,
    population numeric NOT NULL
);

-- migrate:down
DROP TABLE country;

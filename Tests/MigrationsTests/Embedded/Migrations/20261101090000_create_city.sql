-- migrate:up
CREATE TABLE city (id bigint PRIMARY KEY, name text NOT NULL);
-- migrate:down
DROP TABLE city;

-- migrate:up
CREATE TABLE city_name (
    city_id bigint NOT NULL REFERENCES city ON DELETE CASCADE,
    name    text NOT NULL,
    script  text NOT NULL,
    PRIMARY KEY (city_id, name)
);

-- migrate:down
DROP TABLE city_name;

-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY city_search_name_index ON city (search_name text_pattern_ops);

-- migrate:down transaction:false
DROP INDEX CONCURRENTLY city_search_name_index;

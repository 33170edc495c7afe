import Postgres

extension Model {
    /// `applied` says how often the backfill came to each row.
    static let sums = [
        Check("rows were added twice", "SELECT count(*) - count(DISTINCT id) FROM applied"),
        Check(
            "rows were not added",
            """
            SELECT count(*)
            FROM city
            WHERE NOT inserted AND NOT EXISTS (SELECT FROM applied WHERE applied.id = city.id)
              AND id::text NOT IN (SELECT row ->> 'id' FROM caisson.backfill_skipped)
            """
        ),
        Check(
            "sums differ",
            """
            SELECT count(*)
            FROM (
                (SELECT country_code, count(*), sum(population) FROM applied GROUP BY 1 EXCEPT SELECT * FROM country)
                UNION ALL
                (SELECT * FROM country EXCEPT SELECT country_code, count(*), sum(population) FROM applied GROUP BY 1)
            ) AS different
            """
        ),
    ]

    static let labels = [
        Check(
            "labels are wrong",
            """
            SELECT count(*)
            FROM city
            WHERE label <> CASE WHEN own THEN 'own ' || id ELSE upper(name) || 100 END
            """
        ),
        Check(
            "rows have no label and are not on the list of skipped rows",
            """
            SELECT count(*)
            FROM city
            WHERE label IS NULL AND id::text NOT IN (SELECT row ->> 'id' FROM caisson.backfill_skipped)
            """
        ),
        Check(
            "rows were applied more than once",
            """
            SELECT (SELECT count(*) FROM city WHERE applied > 1) + (SELECT count(*) FROM deleted WHERE applied > 1)
            """
        ),
        Check(
            "the counter of changed rows is wrong",
            """
            SELECT (SELECT sum(rows_changed)::bigint FROM caisson.backfill_range) - (SELECT sum(applied) FROM city)
                   - (SELECT coalesce(sum(applied), 0) FROM deleted)
            """
        ),
        Check(
            "rows were matched and not changed",
            "SELECT sum(rows_matched - rows_changed)::bigint FROM caisson.backfill_range"
        ),
    ]

    static let deletions = [
        Check(
            "expired rows are left and not on the list of skipped rows",
            """
            SELECT count(*)
            FROM city
            WHERE expired AND id::text NOT IN (SELECT row ->> 'id' FROM caisson.backfill_skipped)
            """
        ),
        Check(
            "rows were deleted that were not expired",
            """
            SELECT count(*)
            FROM (
                SELECT n * 3 FROM generate_series(1, \(Tables.rows)) AS n WHERE n % 5 = 0
                UNION SELECT id FROM rescued
            ) AS good (id)
            WHERE NOT EXISTS (SELECT FROM city WHERE city.id = good.id)
              AND NOT EXISTS (SELECT FROM deleted WHERE deleted.id = good.id)
            """
        ),
        Check(
            "the counter of deleted rows is wrong",
            """
            SELECT (SELECT sum(rows_changed)::bigint FROM caisson.backfill_range)
                   - (\(Tables.rows) - (SELECT count(*) FROM city WHERE NOT inserted)
                      - (SELECT count(*) FROM deleted WHERE NOT inserted))
            """
        ),
    ]

    static let names = [
        Check(
            "names are missing",
            """
            SELECT count(*)
            FROM (
                SELECT id, unnest(string_to_array(alternate_names, '|')) FROM city
                WHERE id::text NOT IN (SELECT row ->> 'id' FROM caisson.backfill_skipped)
                EXCEPT SELECT city_id, name FROM city_name
            ) AS different
            """
        ),
        Check(
            "there are names that no city has any more",
            """
            SELECT count(*)
            FROM (
                SELECT city_id, name FROM city_name
                EXCEPT SELECT id, unnest(string_to_array(alternate_names, '|')) FROM city
            ) AS different
            """
        ),
        Check(
            "the counter of names is wrong",
            """
            SELECT (SELECT sum(rows_changed)::bigint FROM caisson.backfill_range)
                   - (SELECT count(*) FROM city_name WHERE NOT by_app) - (SELECT names_removed FROM done)
            """
        ),
    ]
}

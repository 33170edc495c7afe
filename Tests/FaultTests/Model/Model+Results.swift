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

    static let labels =
        [
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
        ] + counters

    /// The numbers of the run, where each row counts how often it was applied.
    private static let counters = [
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

    /// A row that the application freed behind the walk stays as it is.
    static let totals =
        [
            Check(
                "totals are wrong",
                """
                SELECT count(*)
                FROM city
                WHERE total <> (SELECT coalesce(sum(amount), 0) FROM item WHERE item.city_id = city.id)
                """
            ),
            Check(
                "rows have no total, were never freed and are not on the list of skipped rows",
                """
                SELECT count(*)
                FROM city
                WHERE total IS NULL AND freed = 0 AND NOT inserted
                  AND id::text NOT IN (SELECT row ->> 'id' FROM caisson.backfill_skipped)
                """
            ),
            Check(
                "rows were applied more often than they needed it",
                """
                SELECT (SELECT count(*) FROM city WHERE applied > 1 + freed)
                       + (SELECT count(*) FROM deleted WHERE applied > 1 + freed)
                """
            ),
        ] + counters

    private static let gone = [
        Check(
            "expired rows are left, were never freed and are not on the list of skipped rows",
            """
            SELECT count(*)
            FROM city
            WHERE expired AND freed = 0 AND id::text NOT IN (SELECT row ->> 'id' FROM caisson.backfill_skipped)
            """
        ),
        Check(
            "rows were deleted that were not expired",
            """
            SELECT count(*)
            FROM kept
            WHERE NOT EXISTS (SELECT FROM city WHERE city.id = kept.id)
              AND NOT EXISTS (SELECT FROM deleted WHERE deleted.id = kept.id)
            """
        ),
    ]

    static let archive =
        gone + [
            Check(
                "rows were archived that were not expired",
                "SELECT count(*) FROM archive WHERE NOT expired"
            ),
            Check("rows were archived twice", "SELECT count(*) - count(DISTINCT id) FROM archive"),
            Check(
                "rows are in the archive and somewhere else",
                """
                SELECT count(*)
                FROM archive
                WHERE id IN (SELECT id FROM city) OR id IN (SELECT id FROM deleted WHERE NOT inserted)
                """
            ),
            Check(
                "the counter of archived rows is wrong",
                """
                SELECT (SELECT sum(rows_changed)::bigint FROM caisson.backfill_range) - (SELECT count(*) FROM archive)
                """
            ),
        ]

    static let deletions =
        gone + [
            Check(
                "the counter of deleted rows is wrong",
                """
                SELECT (SELECT sum(rows_changed)::bigint FROM caisson.backfill_range)
                       - (\(Tables.rows) - (SELECT count(*) FROM city WHERE NOT inserted)
                          - (SELECT count(*) FROM deleted WHERE NOT inserted))
                """
            )
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

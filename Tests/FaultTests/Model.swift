import Foundation
import Postgres

/// What the tables must hold in the end, computed by the server in one statement from what nobody disturbed.
struct Model {
    /// The backfills of a round, with what each leaves behind.
    enum Work: String, CaseIterable, Sendable {
        /// Adds up: a chunk applied twice or left out shows.
        case population
        /// Sets a column, while the application renames, adds and removes rows; some rows cannot be applied.
        case labels
        /// Streams rows through Swift into another table.
        case splitAlternateNames = "split_alternate_names"
    }

    static let rows = 6000
    static let poison = [13, 1300, 1301, 5999]

    static let files = [
        "population.sql": """
        -- table: city
        INSERT INTO country (code, cities, population)
        SELECT country_code, count(*), sum(population)
        FROM chunk JOIN city ON city.id = chunk.id
        GROUP BY country_code
        ORDER BY country_code
        ON CONFLICT (code) DO UPDATE
        SET cities = country.cities + excluded.cities, population = country.population + excluded.population
        """,
        "labels.sql": """
        -- table: city
        -- where: label IS NULL
        UPDATE city SET label = upper(city.name) || 100 / city.divisor FROM chunk WHERE city.id = chunk.id
        """,
    ]

    static func prepare(_ connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE city (
                id bigint PRIMARY KEY, name text NOT NULL, alternate_names text, country_code text NOT NULL,
                population bigint NOT NULL, divisor integer NOT NULL, label text, touched integer NOT NULL DEFAULT 0
            );
            CREATE TABLE country (code text PRIMARY KEY, cities bigint NOT NULL, population numeric NOT NULL);
            CREATE TABLE city_name (
                city_id bigint NOT NULL, name text NOT NULL, script text NOT NULL, PRIMARY KEY (city_id, name)
            );
            CREATE TABLE done (writes bigint NOT NULL);
            INSERT INTO done VALUES (0);
            INSERT INTO city
            SELECT n * 3, 'city ' || n, 'name ' || n || '|имя ' || n, 'C' || n % 11, n, 1
            FROM generate_series(1, \(rows)) AS n;
            ANALYZE city;
            """
        )
    }

    /// Some rows of `labels` divide by zero.
    static func addPoison(_ connection: Connection) throws {
        try connection.execute(
            "UPDATE city SET divisor = 0 WHERE population = ANY (\(PostgresArray(poison.map(Int64.init))))"
        )
    }

    /// What is wrong, each as a sentence; nothing when all is as it must be.
    static func differences(_ work: Work, _ connection: Connection) throws -> [String] {
        let checks: [(String, SQL)] =
            switch work {
            case .population:
                [
                    (
                        "countries differ",
                        """
                        SELECT count(*) FROM (
                            (SELECT country_code, count(*), sum(population) FROM city GROUP BY 1
                             EXCEPT SELECT * FROM country)
                            UNION ALL
                            (SELECT * FROM country
                             EXCEPT SELECT country_code, count(*), sum(population) FROM city GROUP BY 1)) AS different
                        """
                    ),
                    (
                        "keys scanned differ",
                        "SELECT sum(rows_scanned)::bigint - \(rows) FROM caisson.backfill_range"
                    ),
                ]
            case .labels:
                [
                    (
                        "labels are wrong",
                        "SELECT count(*) FROM city WHERE divisor <> 0 AND label IS DISTINCT FROM upper(name) || 100"
                    ),
                    (
                        "poisoned rows have labels",
                        "SELECT count(*) FROM city WHERE divisor = 0 AND label IS NOT NULL"
                    ),
                    (
                        "skipped rows are not the poisoned ones",
                        """
                        SELECT count(*) FROM city FULL JOIN caisson.backfill_skipped AS skipped ON skipped.key = ARRAY[city.id::text]
                        WHERE coalesce(divisor = 0, false) <> (skipped.key IS NOT NULL)
                        """
                    ),
                    (
                        "writes were lost",
                        "SELECT (SELECT sum(touched) FROM city) - (SELECT writes FROM done)"
                    ),
                ]
            case .splitAlternateNames:
                [
                    (
                        "names differ",
                        """
                        SELECT count(*) FROM (
                            SELECT id, unnest(string_to_array(alternate_names, '|')) FROM city
                            EXCEPT SELECT city_id, name FROM city_name) AS different
                        """
                    ),
                    (
                        "names changed differ",
                        """
                        SELECT (SELECT sum(rows_changed)::bigint FROM caisson.backfill_range) - (SELECT count(*) FROM city_name)
                        """
                    ),
                    (
                        "writes were lost",
                        "SELECT (SELECT sum(touched) FROM city) - (SELECT writes FROM done)"
                    ),
                ]
            }
        return try checks.compactMap { sentence, query in
            let count = try connection.queryOne(query, as: Int64.self)
            return count == 0 ? nil : "\(sentence) (\(count))"
        }
    }
}

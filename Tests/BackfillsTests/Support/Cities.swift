import Backfills
import Bulk
import Postgres
import TestSupport

/// A small table to fill, as the tests of this target use it.
enum Cities {
    /// Makes `city` with ids that are sparse, and fills it.
    static func create(rows: Int, on connection: Connection) throws {
        try connection.runScript(
            """
            CREATE TABLE city (
                id bigint PRIMARY KEY,
                name text NOT NULL,
                country text NOT NULL,
                population bigint NOT NULL,
                search_name text
            );
            CREATE TABLE country (code text PRIMARY KEY, cities bigint NOT NULL, population bigint NOT NULL);
            CREATE TABLE city_name (
                city_id bigint NOT NULL, name text NOT NULL, applied integer NOT NULL DEFAULT 1,
                PRIMARY KEY (city_id, name)
            );
            """
        )
        try connection.execute(
            """
            INSERT INTO city (id, name, country, population)
            SELECT number * number, 'City Ä ' || number, 'C' || number % 7, number
            FROM generate_series(1, \(rows)) AS number
            """
        )
        try connection.execute("ANALYZE city")
    }

    /// Fills `search_name`.
    static let normalize = sql(
        "normalize",
        where: "search_name IS NULL",
        verify: "SELECT count(*) FROM city WHERE search_name IS NULL",
        "UPDATE city SET search_name = lower(city.name) FROM chunk WHERE city.id = chunk.id"
    )

    /// Adds up: a chunk applied twice or left out shows in the sums.
    static let sums = sql(
        "sums",
        verify: """
            SELECT count(*) FROM (SELECT country, count(*), sum(population)::bigint FROM city GROUP BY 1
                                  EXCEPT SELECT code, cities, population FROM country) AS different
            """,
        """
        INSERT INTO country (code, cities, population)
        SELECT country, count(*), sum(population) FROM chunk JOIN city USING (id) GROUP BY country ORDER BY country
        ON CONFLICT (code) DO UPDATE
        SET cities = country.cities + excluded.cities, population = country.population + excluded.population
        """
    )

    /// A SQL backfill over `city`.
    static func sql(
        _ name: String,
        table: String = "city",
        key: [String] = [],
        where condition: String? = nil,
        verify: String? = nil,
        limits: ChunkLimits = ChunkLimits(),
        _ statement: String
    ) -> Backfill {
        Backfill(
            name: name,
            table: Identifier(table),
            key: key,
            condition: condition.map { SQLText($0) },
            verification: verify.map { SQLText($0) },
            work: .sql(SQLText(statement)),
            limits: limits
        )
    }
}

/// Splits the name of a city into words; each word of each city is counted up in `city_name`.
struct SplitNames: RowBackfill {
    let name = "split_names"
    var source = Source(table: "city", key: "id", columns: "id", "name")
    let sink = Sink.upsert(
        into: "city_name",
        columns: ["city_id", "name"],
        conflict: ["city_id", "name"],
        onConflict: .doNothing
    )
    let verification: String? =
        "SELECT count(*) FROM city WHERE NOT EXISTS (SELECT FROM city_name WHERE city_id = city.id)"

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, name) = try row.decode(Int64.self, String.self)
        for word in name.split(separator: " ") { try output.write(id, String(word)) }
    }
}

extension RunOptions {
    /// Small chunks, so that a small table has many.
    static func chunks(of size: Int, workers: Int = 1) -> RunOptions {
        var options = RunOptions()
        options.sizing = .fixed(size)
        options.workers = workers
        return options
    }
}

import Foundation
import Postgres
import TestSupport
import Testing

/// `kill -9`, again and again, at random moments of two processes with two workers each; then the same command to the
/// end. Tables and counters must be those of a run that nobody disturbed.
@Suite struct KillTests {
    private static let kills = 24

    @Test(arguments: ["population", "split_alternate_names"])
    func `a backfill that was killed many times ends like one that was not`(name: String) async throws {
        let undisturbed = try await withFreshDatabase(named: "undisturbed \(name)") { database in
            try Self.prepare(database)
            try await Self.finish(name, in: database)
            return try Self.fingerprint(of: database)
        }
        let killed = try await withFreshDatabase(named: "killed \(name)") { database in
            try Self.prepare(database)
            try Self.slowDown(database)
            let struck = try await Self.killRepeatedly(name, in: database)
            #expect(struck >= 20, "the run was over after \(struck) kills")
            try database.connection().runScript("DROP FUNCTION slow CASCADE")
            try await Self.finish(name, in: database)
            return try Self.fingerprint(of: database)
        }
        #expect(killed == undisturbed)
    }

    /// Starts the tool, waits until it has committed something, and kills it within the next milliseconds. Every other
    /// time a second process works on the same run, and goes down a moment later.
    private static func killRepeatedly(_ name: String, in database: TestDatabase) async throws -> Int {
        var random = SystemRandomNumberGenerator()
        for kill in 1...kills {
            let processes = kill % 2 == 0 ? 2 : 1
            var running: [RunningTool] = []
            for _ in 1...processes { running.append(try await tool().start(arguments(name, database))) }
            for process in running {
                do {
                    try await process.line(containing: "\"backfill.chunk\"")
                } catch is ToolEndedEarly {
                    return kill - 1
                }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...20_000, using: &random)))
                process.send(.kill)
                let result = try await process.result()
                guard result.status == nil else { return kill - 1 }
            }
        }
        return kills
    }

    private static func finish(_ name: String, in database: TestDatabase) async throws {
        // Six thousand chunks: ten seconds alone, a minute and more beside a dozen other tests on two cores.
        let result = try await tool().start(arguments(name, database)).result(within: .seconds(240))
        #expect(result.status == 0, "\(result.errorOutput)")
        let last = try #require(result.output.split(separator: "\n").last)
        #expect(last.contains("\"state\":\"verified\""))
        #expect(last.contains("\"rows_scanned\":\(rows)"))
    }

    private static let rows = 30_000

    private static func tool() throws -> ToolRunner {
        try ToolRunner("caisson-example")
    }

    private static func arguments(_ name: String, _ database: TestDatabase) -> [String] {
        [
            "--database", database.connectionString, "--backfills", folder, "--json", "backfill", "run", name,
            "--chunk-size", "5", "--workers", "2",
        ]
    }

    /// A folder with the SQL backfill; the other one is compiled in.
    private static let folder: String = {
        let folder = NSTemporaryDirectory() + "/caisson-kill-\(getpid())"
        let text = """
            -- backfill: population
            -- table: city
            -- verify: SELECT count(*) - 30000 FROM city
            INSERT INTO country (code, cities, population)
            SELECT country_code, count(*), sum(population)
            FROM chunk JOIN city ON city.id = chunk.id
            GROUP BY country_code
            ORDER BY country_code
            ON CONFLICT (code) DO UPDATE
            SET cities = country.cities + excluded.cities, population = country.population + excluded.population
            """
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try? text.write(toFile: folder + "/population.sql", atomically: true, encoding: .utf8)
        return folder
    }()

    private static func prepare(_ database: TestDatabase) throws {
        let connection = try database.connection()
        try connection.runScript(
            """
            CREATE TABLE city (
                id bigint PRIMARY KEY, alternate_names text, country_code text NOT NULL, population bigint NOT NULL
            );
            CREATE TABLE country (code text PRIMARY KEY, cities bigint NOT NULL, population numeric NOT NULL);
            CREATE TABLE city_name (
                city_id bigint NOT NULL REFERENCES city, name text NOT NULL, script text NOT NULL,
                PRIMARY KEY (city_id, name)
            );
            INSERT INTO city
            SELECT n * 7, 'name ' || n || '|имя ' || n || '| 名字  ' || n || ' |', 'C' || n % 9, n
            FROM generate_series(1, \(rows)) AS n;
            ANALYZE city;
            """
        )
    }

    /// Makes every chunk take its time, so that the kills come before the end also where they come late.
    private static func slowDown(_ database: TestDatabase) throws {
        try database.connection().runScript(
            """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(0.02); RETURN NULL; END $$;
            CREATE TRIGGER slow AFTER INSERT ON country FOR EACH STATEMENT EXECUTE FUNCTION slow();
            CREATE TRIGGER slow AFTER INSERT ON city_name FOR EACH STATEMENT EXECUTE FUNCTION slow();
            """
        )
    }

    /// Every row of every table, and the counters of the run: what must be the same.
    private static func fingerprint(of database: TestDatabase) throws -> [String] {
        let connection = try database.connection()
        return try [
            "SELECT string_agg(country::text, ',' ORDER BY code) FROM country",
            "SELECT count(*) || ' ' || md5(string_agg(city_name::text, ',' ORDER BY city_id, name)) FROM city_name",
            """
            SELECT concat_ws(' ', count(*), sum(rows_scanned), sum(rows_matched), sum(rows_changed), sum(rows_skipped),
                             sum(chunks), bool_and(state = 'done'))
            FROM caisson.backfill_range
            """,
        ].map { query in
            let found: String? = try connection.queryOne(SQL(unsafe: query), as: String?.self)
            return found ?? "nothing"
        }
    }
}

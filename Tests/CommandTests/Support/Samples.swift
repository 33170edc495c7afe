import Postgres
import TestSupport

/// Tables and files that the tests of the commands use.
enum Samples {
    static let createItem = """
        -- migrate:up
        CREATE TABLE item (id integer PRIMARY KEY, name text NOT NULL, label text);
        -- migrate:down
        DROP TABLE item;
        """

    static let createNote = """
        -- migrate:up
        CREATE TABLE note (id integer PRIMARY KEY);
        -- migrate:down
        DROP TABLE note;
        """

    static let label = """
        -- backfill: label_items
        -- table: item
        -- where: label IS NULL
        -- verify: SELECT count(*) FROM item WHERE label IS NULL
        UPDATE item SET label = lower(item.name) FROM chunk WHERE item.id = chunk.id
        """

    /// Two migrations and a backfill.
    static let files = [
        "migrations/1_create_item.sql": createItem,
        "migrations/2_create_note.sql": createNote,
        "backfills/label_items.sql": label,
    ]

    /// Makes the table of the backfill without any migration, and fills it.
    static func createItems(_ count: Int) async throws {
        try await execute("CREATE TABLE item (id integer PRIMARY KEY, name text NOT NULL, label text)")
        try await execute(
            "INSERT INTO item SELECT number, 'Item ' || number FROM generate_series(1, \(count)) AS number"
        )
        try await execute("ANALYZE item")
    }

    /// Makes every chunk take its time, so that a test comes in between.
    static func slowDown(seconds: Double) async throws {
        try await execute(
            """
            CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN PERFORM pg_sleep(\(literal: String(seconds))::float8); RETURN NULL; END $$
            """
        )
        try await execute(
            "CREATE TRIGGER slow AFTER UPDATE ON item FOR EACH STATEMENT EXECUTE FUNCTION slow()"
        )
    }

    static func execute(_ statement: SQL) async throws {
        let session = try TestDatabase.current.session()
        _ = try await session.withConnection { try $0.execute(statement) }
        await session.close()
    }

    /// A single number that a query returns.
    static func count(_ query: SQL) async throws -> Int {
        let session = try TestDatabase.current.session()
        let count = try await session.withConnection { try $0.queryOne(query, as: Int.self) }
        await session.close()
        return count
    }
}

import Backfills
import Control
import Postgres
import TestSupport
import Testing

/// What cannot be run safely is refused before the first row, with the reason and what to do.
@Suite(.freshDatabase) struct RefusalTests {
    @Test(arguments: [
        ("towns", ["id"], "", "there is no table towns"),
        ("citty", ["id"], "", "(did you mean city?)"),
        ("city", ["idd"], "", "has no column idd (did you mean id?)"),
        ("city", ["search_name"], "", "allows NULL"),
        ("city", ["name"], "", "no btree index of public.city begins with (name)"),
        ("city", ["name"], "CREATE INDEX ON city (name) WHERE name <> ''", "no btree index"),
        ("city", ["name"], "CREATE INDEX ON city (country, name)", "no btree index"),
        ("city", ["name"], "CREATE INDEX ON city USING hash (name)", "no btree index"),
        ("city", ["name"], "CREATE INDEX ON city (name text_pattern_ops)", "no btree index"),
        ("city", ["name"], "CREATE INDEX ON city (name COLLATE \"C\")", "no btree index"),
        ("city", ["name"], "CREATE INDEX ON city (name NULLS FIRST)", "no btree index"),
        ("city", ["country", "name"], "CREATE INDEX ON city (country, name DESC)", "no btree index"),
        (
            "city", ["name"],
            """
            CREATE COLLATION folded (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            ALTER TABLE city ALTER name TYPE text COLLATE folded; CREATE INDEX ON city (name)
            """,
            "no order that tells all its values apart"
        ),
        ("city", [], "ALTER TABLE city DROP CONSTRAINT city_pkey", "has no primary key"),
        ("city_view", ["id"], "CREATE VIEW city_view AS SELECT * FROM city", "is not a table"),
    ])
    func `a table or key that cannot be walked`(
        table: String,
        key: [String],
        preparation: String,
        message: String
    ) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        try connection.runScript(preparation)
        let backfill = Cities.sql(
            "broken",
            table: table,
            key: key,
            "UPDATE \(table) SET search_name = '' FROM chunk WHERE \(table).id = chunk.id"
        )

        try await expectRefused(backfill, message, connection)
    }

    @Test(arguments: [
        (
            "UPDATE city SET serch_name = '' FROM chunk WHERE city.id = chunk.id",
            "column \"serch_name\" of relation \"city\" does not exist"
        ),
        (
            "UPDATE city SET id = -city.id FROM chunk WHERE city.id = chunk.id",
            "it sets id, which orders the walk"
        ),
        ("UPDATE city SET search_name = '' WHERE city.id > 0", "does not speak of the relation chunk"),
        ("SELECT * FROM chunk", "SELECT cannot be used here"),
        (
            "UPDATE city SET search_name = '' FROM chunk WHERE city.id = chunk.id; DROP TABLE city",
            "a second statement begins here"
        ),
        ("UPDATE city SET search_name = 'oops FROM chunk", "line 1"),
    ])
    func `a statement that cannot be used`(statement: String, message: String) async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)

        try await expectRefused(Cities.sql("broken", statement), message, connection)
    }

    @Test func `an error in the statement is shown with its line and a caret`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let text = "UPDATE city\nSET search_name = 'é' || misspelt(name)\nFROM chunk WHERE city.id = chunk.id"
        let backfill = Backfill(
            name: "broken",
            table: Identifier("city"),
            key: [],
            condition: nil,
            verification: nil,
            work: .sql(SQLText(text, file: "backfills/broken.sql", line: 4))
        )

        try await expectRefused(
            backfill,
            """
            backfills/broken.sql, line 5, column 26
              2 | SET search_name = 'é' || misspelt(name)
                |                          ^
            """,
            connection
        )
    }

    @Test func `a row policy that hides rows is an error, not a silent skip`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let role = "reader_\(database.name)"
        try connection.runScript(
            """
            CREATE ROLE "\(role)" LOGIN;
            GRANT ALL ON city TO "\(role)";
            GRANT CREATE ON DATABASE "\(database.name)" TO "\(role)";
            ALTER TABLE city ENABLE ROW LEVEL SECURITY;
            CREATE POLICY half ON city USING (population <= 5);
            """
        )
        var options = try database.options
        options.set("user", role)

        let failure = await #expect(throws: (any Error).self) {
            _ = try await Coordinator(options).run(Cities.normalize)
        }

        #expect("\(failure, default: "")".contains("row-level security policy"))
        #expect(
            try connection.queryOne("SELECT count(*) FROM city WHERE search_name IS NOT NULL", as: Int.self)
                == 0
        )
        try connection.runScript("DROP OWNED BY \"\(role)\" CASCADE; DROP ROLE \"\(role)\"")
    }

    @Test func `a role that may not create the control tables is told what it needs`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        let role = "poor_\(database.name)"
        try connection.runScript("CREATE ROLE \"\(role)\" LOGIN; GRANT ALL ON city TO \"\(role)\"")
        var options = try database.options
        options.set("user", role)

        let failure = await #expect(throws: ControlError.self) {
            _ = try await Coordinator(options).run(Cities.normalize)
        }

        #expect("\(failure, default: "")".contains("GRANT CREATE ON DATABASE"))
        try connection.runScript("DROP OWNED BY \"\(role)\" CASCADE; DROP ROLE \"\(role)\"")
    }

    @Test func `a read-only server is named as such`() async throws {
        let database = try TestDatabase.current
        let connection = try database.connection()
        try Cities.create(rows: 10, on: connection)
        var options = try database.options
        options.set("options", "-c default_transaction_read_only=on")

        let failure = await #expect(throws: ControlError.self) {
            _ = try await Coordinator(options).run(Cities.normalize)
        }

        #expect("\(failure, default: "")".contains("target_session_attrs=read-write"))
    }

    private func expectRefused(_ backfill: Backfill, _ message: String, _ connection: Connection) async throws
    {
        let failure = await #expect(throws: BackfillError.self) {
            _ = try await Coordinator(connection.options).run(backfill)
        }
        #expect("\(failure, default: "")".contains(message), "\(String(describing: failure))")
        #expect(try connection.queryOne("SELECT to_regnamespace('caisson') IS NULL", as: Bool.self))
    }
}

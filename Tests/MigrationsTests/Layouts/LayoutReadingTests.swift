import SQLSyntax
import Testing

@testable import Migrations

/// What a migration was read as, in a form that is easy to compare.
struct Reading: Equatable, CustomStringConvertible {
    var label: String
    var up: [String]
    var down: [String]?
    var bare = false

    init(_ label: String, _ up: [String], down: [String]? = nil, bare: Bool = false) {
        (self.label, self.up, self.down, self.bare) = (label, up, down, bare)
    }

    init(_ migration: Migration) {
        label = migration.label
        up = migration.up.statements.map(\.text)
        down = migration.down?.statements.map(\.text)
        bare = migration.up.options.transactionMode == .perStatement
    }

    var description: String { "\(label) up \(up) down \(down ?? ["none"]) bare \(bare)" }
}

@Suite struct LayoutReadingTests {
    private func read(
        _ layout: MigrationLayout?,
        _ files: [String: String]
    ) throws(MigrationDirectoryError) -> MigrationDirectory {
        let bytes = files.mapValues { Array($0.utf8) }
        return try MigrationDirectory(FolderListing(path: "db", files: bytes), layout: layout)
    }

    private func readings(_ layout: MigrationLayout, _ files: [String: String]) throws -> [Reading] {
        try read(layout, files).migrations.map { Reading($0) }
    }

    private func message(_ layout: MigrationLayout, _ files: [String: String]) throws -> String {
        try #require(throws: MigrationDirectoryError.self) { try read(layout, files) }.description
    }

    // MARK: goose

    @Test(
        arguments: [
            (
                "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;",
                Reading("1_a", ["SELECT 1"], down: ["SELECT 2"])
            ),
            (
                "-- +GOOSE UP\r\nSELECT 1;\r\n--+goose   down\r\nSELECT 2\r\n",
                Reading("1_a", ["SELECT 1"], down: ["SELECT 2"])
            ),
            (
                "\u{FEFF}-- +goose NO TRANSACTION\n-- +goose Up\nVACUUM;\n",
                Reading("1_a", ["VACUUM"], bare: true)
            ),
            ("-- só comentários\n-- +goose Up\n-- nothing\n", Reading("1_a", [])),
            (
                """
                -- +goose Up
                -- +goose StatementBegin
                CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN; RETURN 1; END $body$
                -- +goose StatementEnd
                SELECT 'é;';
                """,
                Reading(
                    "1_a",
                    [
                        "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN; RETURN 1; END $body$",
                        "SELECT 'é;'",
                    ]
                )
            ),
        ] as [(String, Reading)]
    )
    func `goose's markers are read as goose reads them`(text: String, reading: Reading) throws {
        #expect(try readings(.goose, ["1_a.sql": text]) == [reading])
    }

    @Test(
        arguments: [
            ("SELECT 1;", "db/1_a.sql: there is no line -- +goose Up"),
            ("-- +goose Up\n-- +goose Up\n", "db/1_a.sql:2: goose takes one -- +goose Up"),
            ("-- +goose Down\n", "db/1_a.sql:1: goose takes one"),
            (" -- +goose Up\n", "db/1_a.sql:1: a line -- +goose has to begin at the first column"),
            ("-- +goose Upp\n", "db/1_a.sql:1: goose knows no -- +goose UPP"),
            (
                "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n",
                "db/1_a.sql:2: this StatementBegin is never closed"
            ),
            ("-- +goose Up\n-- +goose StatementEnd\n", "db/1_a.sql:2: a StatementEnd without"),
        ]
    )
    func `a mistake in goose's markers is told with its line`(text: String, words: String) throws {
        #expect(try message(.goose, ["1_a.sql": text]).hasPrefix(words))
    }

    @Test func `goose's versions are numbers before the first underscore, Go programs are known but not run`()
        throws
    {
        let directory = try read(
            .goose,
            [
                "00010_b.sql": "-- +goose Up\nSELECT 1;", "9_a.go": "package migrations",
                "9_a_test.go": "package migrations", "0_zero.sql": "", "create.sql": "", "7.sql": "",
            ]
        )
        #expect(directory.migrations.map(\.label) == ["9_a", "00010_b"])
        #expect(directory.ignored == ["0_zero.sql", "7.sql", "create.sql"])
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: directory.migrations, applied: [])
        }
        #expect(
            error.description
                == "db/9_a.go:1: this migration is a Go program that only goose can run: write it as SQL"
        )
    }

    @Test func `variables that goose would fill in are refused when the file is to be run`() throws {
        let text = "-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${X}';\n"
        let directory = try read(.goose, ["1_a.sql": text])
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: directory.migrations, applied: [])
        }
        #expect(error.description.hasPrefix("db/1_a.sql:2: goose would fill in variables"))
    }

    // MARK: dbmate

    @Test func `several sections of dbmate are one migration, the last down first`() throws {
        let text = """
            -- migrate:up
            CREATE TABLE a ();
            -- migrate:down
            DROP TABLE a
            -- migrate:up transaction:false
            CREATE TABLE b ();
            -- migrate:down
            DROP TABLE b;
            """
        #expect(
            try readings(.dbmate, ["1_a.sql": text]) == [
                Reading(
                    "1_a",
                    ["CREATE TABLE a ()", "CREATE TABLE b ()"],
                    down: ["DROP TABLE b", "DROP TABLE a"],
                    bare: true
                )
            ]
        )
    }

    // MARK: golang-migrate

    @Test func `golang-migrate's pairs are put together by version, whatever their titles`() throws {
        let files = [
            "001_a.up.sql": "SELECT 1", "1_other.down.sql": "SELECT 2;", "2_.up.sql": "-- nothing",
            "10_x.up.sql": "CREATE INDEX CONCURRENTLY i ON t (a);",
            "9_y.up.sql": "BEGIN;\nSELECT 1;\nCOMMIT;",
            "11_z.up.sql": "SELECT 1; BEGIN; SELECT 2; COMMIT;", "3_c.up.txt": "no", "x.sql": "no",
        ]
        #expect(
            try readings(.golangMigrate, files) == [
                Reading("001_a", ["SELECT 1"], down: ["SELECT 2"]), Reading("2", []),
                Reading("9_y", ["SELECT 1"]),
                Reading("10_x", ["CREATE INDEX CONCURRENTLY i ON t (a)"], bare: true),
                Reading("11_z", ["SELECT 1", "BEGIN", "SELECT 2", "COMMIT"], bare: true),
            ]
        )
    }

    @Test func `a down file alone is a mistake unless the layout was named`() throws {
        let files = ["1_a.down.sql": "SELECT 1;"]
        #expect(throws: MigrationDirectoryError.noPartner(file: "db/1_a.down.sql", expected: "db/1_a.up.sql"))
        {
            try read(nil, files)
        }
        #expect(try readings(.golangMigrate, files) == [Reading("1_a", [], down: ["SELECT 1"])])
    }

    @Test func `two files of golang-migrate with one version and direction are both named`() throws {
        let text = try message(.golangMigrate, ["1_a.up.sql": "", "01_b.up.sql": ""])
        #expect(text.hasPrefix("version 1 is used by db/01_b.up.sql and db/1_a.up.sql"))
    }

    // MARK: Flyway

    @Test func `Flyway's versions are numbers with dots or underscores`() throws {
        let files = [
            "V1__a.sql": "SELECT 1;", "V1.10__c.sql": "", "V1_9__b.sql": "", "x/V2.0__d.sql": "",
            "x/y/V10__e.sql": "", "U1.9__b.sql": "SELECT 9;", "R__view.sql": "SELECT 0;",
            "V11__j.java": "class",
            "beforeMigrate.sql": "SELECT 1;", "V__none.sql": "", "Vx__none.sql": "",
        ]
        let directory = try read(.flyway, files)
        #expect(
            directory.migrations.map(\.label) == [
                "1_a", "1.9_b", "1.10_c", "2.0_d", "10_e", "11_j", "R__view",
            ]
        )
        #expect(directory.migrations[1].down?.statements.map(\.text) == ["SELECT 9"])
        #expect(directory.ignored == ["V__none.sql", "Vx__none.sql", "beforeMigrate.sql"])
        #expect(directory.migrations[4].up.source.path == "db/x/y/V10__e.sql")
        #expect(try message(.flyway, ["V1.0__a.sql": "", "V1__b.sql": ""]).hasPrefix("version 1"))
    }

    @Test func `Flyway's settings beside a file decide about its transaction`() throws {
        let files = [
            "V1__a.sql": "SELECT 1;", "V1__a.sql.conf": "executeInTransaction=false",
            "V2__b.sql": "CREATE INDEX CONCURRENTLY i ON t (a);", "V3__c.sql": "SELECT 1;",
            "V3__c.sql.conf": "# why\nshouldExecute = false\n", "V4__d.sql": "VACUUM;",
            "V4__d.sql.conf": "executeInTransaction=true",
        ]
        #expect(
            try readings(.flyway, files) == [
                Reading("1_a", ["SELECT 1"], bare: true),
                Reading("2_b", ["CREATE INDEX CONCURRENTLY i ON t (a)"], bare: true),
                Reading("4_d", ["VACUUM"]),
            ]
        )
    }

    // MARK: diesel

    @Test func `diesel's folders are read with their settings`() throws {
        let files = [
            "2015-12-19-180527_a/up.sql": "SELECT 1;", "2015-12-19-180527_a/down.sql": "SELECT 2;",
            "00000000000000_diesel_initial_setup/up.sql": "SELECT 0",
            "2016-01-01-000000_b/up.sql": "VACUUM;",
            "2016-01-01-000000_b/metadata.toml": "run_in_transaction = false # never",
            "2017-01-01-000000_c/up.sql": "SELECT 3;",
            "2017-01-01-000000_c/metadata.toml": "run_in_transaction = true",
            "2018-01-01-000000_d/up.sql": "SELECT 4;", "2018-01-01-000000_d/metadata.toml": "",
            "2019-01-01-000000_e/up.sql": "VACUUM;", "2019-01-01-000000_e/metadata.toml": "",
        ]
        #expect(
            try readings(.diesel, files) == [
                Reading("00000000000000_diesel_initial_setup", ["SELECT 0"]),
                Reading("20151219180527_a", ["SELECT 1"], down: ["SELECT 2"]),
                Reading("20160101000000_b", ["VACUUM"], bare: true),
                Reading("20170101000000_c", ["SELECT 3"]),
                // Settings that do not speak of it: only what cannot run in a transaction runs without one.
                Reading("20180101000000_d", ["SELECT 4"]),
                Reading("20190101000000_e", ["VACUUM"], bare: true),
            ]
        )
    }

    // MARK: sqlx

    @Test func `sqlx's mark has to be the first bytes`() throws {
        let files = [
            "1_a.sql": "-- no-transaction\nVACUUM;", "2_b.sql": "\n-- no-transaction\nSELECT 1;",
            "3_c.up.sql": "SELECT 1", "3_c.down.sql": "SELECT 2;", "README.sql": "x",
        ]
        let directory = try read(.sqlx, files)
        #expect(
            directory.migrations.map { Reading($0) } == [
                Reading("1_a", ["VACUUM"], bare: true), Reading("2_b", ["SELECT 1"]),
                Reading("3_c", ["SELECT 1"], down: ["SELECT 2"]),
            ]
        )
        #expect(directory.ignored == ["README.sql"])
    }

    // MARK: tern

    @Test func `tern's line parts what goes up from what comes down`() throws {
        let files = [
            "001_a.sql": "SELECT 1\r\n---- create above / drop below ----\r\nSELECT 2;\r\n",
            "002_b.sql":
                "---- tern: disable-tx ----\nVACUUM;\n---- create above / drop below ----\nSELECT 2;",
            "003_c.sql": "SELECT '---- create above / drop below ----';",
        ]
        let migrations = try read(.tern, files).migrations
        #expect(
            migrations.map { Reading($0) } == [
                Reading("001_a", ["SELECT 1"], down: ["SELECT 2"]),
                Reading("002_b", ["VACUUM"], down: ["SELECT 2"], bare: true),
                Reading("003_c", ["SELECT '---- create above / drop below ----'"]),
            ]
        )
        #expect(migrations[1].down?.options.transactionMode == .perFile)
    }

    @Test func `a template of tern is refused when the file is to be run`() throws {
        let text = "SELECT 1;\nSELECT '{{.owner}}';"
        let directory = try read(.tern, ["001_a.sql": text])
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: directory.migrations, applied: [])
        }
        #expect(error.description.hasPrefix("db/001_a.sql:2: tern would fill in"))
    }

    // MARK: all

    @Test(arguments: MigrationLayout.allCases)
    func `what a statement needs is said in the words of the layout`(layout: MigrationLayout) throws {
        let statement = "CREATE DATABASE x;"
        let files: [String: String] =
            switch layout {
            case .native, .dbmate: ["1_a.sql": "-- migrate:up\n\(statement)"]
            case .golangMigrate: ["1_a.up.sql": statement]
            case .goose: ["1_a.sql": "-- +goose Up\n\(statement)"]
            case .flyway: ["V1__a.sql": statement, "V1__a.sql.conf": "executeInTransaction=true"]
            case .diesel: ["1_a/up.sql": statement]
            case .sqlx, .tern: ["1_a.sql": statement]
            case .sqlMigrate: ["1_a.sql": "-- +migrate Up\n\(statement)"]
            }
        let migrations = try read(layout, files).migrations
        guard layout != .golangMigrate else {
            #expect(try MigrationPlan(.up(.latest), available: migrations, applied: []).steps.count == 1)
            return
        }
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: migrations, applied: [])
        }
        #expect(error.description.contains(layout.noTransactionAdvice(.up)))
    }

    @Test(
        arguments: [
            ("BEGIN;\nSELECT 1;\nCOMMIT;", ["SELECT 1"]), ("begin work; select 1; end", ["select 1"]),
            ("/* a */ START TRANSACTION; SELECT 1; COMMIT TRANSACTION; -- b", ["SELECT 1"]),
            ("BEGIN; COMMIT;", []),
            ("BEGIN; SAVEPOINT a; RELEASE a; COMMIT;", ["SAVEPOINT a", "RELEASE a"]),
            ("SET x.y = 1; BEGIN; COMMIT;", ["SET x.y = 1", "BEGIN", "COMMIT"]),
            ("BEGIN; SELECT 1; ROLLBACK;", ["BEGIN", "SELECT 1", "ROLLBACK"]),
            ("BEGIN; SELECT 1; COMMIT; BEGIN; COMMIT;", ["BEGIN", "SELECT 1", "COMMIT", "BEGIN", "COMMIT"]),
            (
                "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT;",
                ["BEGIN ISOLATION LEVEL SERIALIZABLE", "SELECT 1", "COMMIT"]
            ),
            ("BEGIN; SELECT 1; COMMIT AND CHAIN;", ["BEGIN", "SELECT 1", "COMMIT AND CHAIN"]),
        ] as [(String, [String])]
    )
    func `a transaction around the whole file gives way to the migration's own`(
        text: String,
        statements: [String]
    ) throws {
        let native = try readings(.native, ["1_a.sql": "-- migrate:up\n" + text])
        #expect(native == [Reading("1_a", statements)])
        #expect(try readings(.sqlx, ["1_a.sql": text]) == [Reading("1_a", statements)])
    }

    @Test(arguments: MigrationLayout.allCases)
    func `what reverts a migration can be read from the ledger without its file`(
        layout: MigrationLayout
    ) throws {
        let up = "CREATE TABLE a ();"
        let down = "COPY a FROM stdin;\n1\t-- migrate:up\n\\.\n-- é\nDROP TABLE a"
        let files: [String: String] =
            switch layout {
            case .native: ["1_a.sql": "-- migrate:up\n\(up)\n-- migrate:down\n\(down)"]
            case .dbmate:
                ["1_a.sql": "-- migrate:up\n\(up)\n-- migrate:up\n-- migrate:down\n\(down)"]
            case .golangMigrate, .sqlx: ["1_a.up.sql": up, "1_a.down.sql": "BEGIN;\(down);COMMIT;"]
            case .goose: ["1_a.sql": "-- +goose Up\n\(up)\n-- +goose Down\n\(down)"]
            case .flyway: ["V1__a.sql": up, "U1__a.sql": down]
            case .diesel: ["1_a/up.sql": up, "1_a/down.sql": down]
            case .sqlMigrate: ["1_a.sql": "-- +migrate Up\n\(up)\n-- +migrate Down\n\(down)"]
            case .tern: ["1_a.sql": "\(up)\n---- create above / drop below ----\n\(down)"]
            }
        let migration = try #require(try read(layout, files).migrations.first)
        let section = try #require(migration.down)
        let kept = try MigrationFile(SourceFile(path: "ledger", text: section.nativeText)).onlySection(.down)
        #expect(kept.statements.map(\.text) == ["COPY a FROM stdin", "DROP TABLE a"])
        #expect(kept.statements.map(kept.hash(of:)) == section.statements.map(section.hash(of:)))
    }
}

import Testing

@testable import Migrations

@Suite struct SqlMigrateTests {
    private func read(_ files: [String: String]) throws(MigrationDirectoryError) -> [Reading] {
        let listing = FolderListing(path: "db", files: files.mapValues { Array($0.utf8) })
        return try MigrationDirectory(listing, layout: nil).migrations.map { Reading($0) }
    }

    private func message(_ text: String) throws -> String {
        try #require(throws: MigrationDirectoryError.self) { try read(["1_a.sql": text]) }.description
    }

    @Test(
        arguments: [
            (
                "-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n",
                Reading("1_a", ["SELECT 1"], down: ["SELECT 2"])
            ),
            (
                "-- about\r\n-- +migrate Up notransaction\r\nVACUUM;\r\n",
                Reading("1_a", ["VACUUM"], bare: true)
            ),
            (
                "-- +migrate Up\n-- +migrate StatementBegin\nSELECT 1; SELECT 2\n-- +migrate StatementEnd\nSELECT 3;",
                Reading("1_a", ["SELECT 1", "SELECT 2", "SELECT 3"])
            ),
            (
                "-- +migrate Up\nSELECT 1;\n-- +migrate Down\nSELECT 2;\n-- +migrate Up\nSELECT 3;\n",
                Reading("1_a", ["SELECT 1", "SELECT 3"], down: ["SELECT 2"])
            ),
            ("SELECT 0;\n-- +migrate Up\nSELECT 1;", Reading("1_a", ["SELECT 1"])),
            (
                "-- +migrate Up\nSELECT 1;\n-- +migrate Down\n-- nothing",
                Reading("1_a", ["SELECT 1"], down: [])
            ),
        ] as [(String, Reading)]
    )
    func `its markers are read as it reads them`(text: String, reading: Reading) throws {
        #expect(try read(["1_a.sql": text]) == [reading])
    }

    @Test(
        arguments: [
            ("-- +migrate Down\nSELECT 1;", "db/1_a.sql: there is no line -- +migrate Up"),
            ("-- +migrate Up\n-- +migrate down\n", "db/1_a.sql:2: sql-migrate knows no -- +migrate down"),
            (
                "-- +migrate Up\n--+migrate Down\n",
                "db/1_a.sql:2: --+migrate Down: write -- +migrate Up or Down"
            ),
            ("-- +migrate Up\n  -- +migrate Down\n", "db/1_a.sql:2: "),
            ("-- +migrate Up\n-- +Migrate Down\n", "db/1_a.sql:2: "),
            ("-- +migrate Up once\n", "db/1_a.sql:1: sql-migrate knows no option once"),
            (
                "-- +migrate Up\n-- +migrate StatementBegin\n",
                "db/1_a.sql:2: this StatementBegin is never closed"
            ),
            ("-- +migrate Up\n-- +migrate StatementEnd\n", "db/1_a.sql:2: a StatementEnd without"),
            ("-- +migrate Up\n-- +goose Down\nSELECT 1;\n", "db/1_a.sql: "),
        ]
    )
    func `a mistake in its markers is told with its line`(text: String, words: String) throws {
        let text = try message(text)
        #expect(text.hasPrefix(words) || text.contains("not clear"), "\(text)")
    }

    @Test func `a file without a number is not passed over`() throws {
        let error = try #require(throws: MigrationDirectoryError.self) {
            try read(["1_a.sql": "-- +migrate Up\n", "extra.sql": "-- +migrate Up\nSELECT 1;"])
        }
        #expect(error.description.hasPrefix("db/extra.sql: sql-migrate runs it"))
        #expect(try read(["1_a.sql": "-- +migrate Up\n", "notes.sql": "SELECT 1;"]).count == 1)
    }
}

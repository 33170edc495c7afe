import Testing

@testable import Migrations

@Suite struct LayoutRecognitionTests {
    private func recognise(
        _ files: [String: String],
        beside neighbours: Set<String> = []
    ) -> LayoutRecognition {
        let bytes = files.mapValues { Array($0.utf8) }
        return LayoutRecognition(FolderListing(path: "db", files: bytes, neighbours: neighbours))
    }

    @Test(
        arguments: [
            (["1_a.sql": "-- migrate:up\nSELECT 1;"], .native),
            (["1_a.sql": "\u{FEFF}--migrate:up\r\nSELECT 1;"], .native),
            (["1_a.sql": "-- migrate up\nSELECT 1;"], .native),
            (["1_a.sql": "-- migrate:up\n", "2_b.sql": "SELECT 1;"], .native),
            (["1_a.sql": "-- migrate:up\n", "2_b.up.sql": "SELECT 1;"], .native),
            (["1_a.up.sql": "-- migrate:up transaction:false\nSELECT 1;"], .native),
            (["R__view.sql": "SELECT 1;"], .native), ([:], .native), (["notes.sql": "SELECT 1;"], .native),
            (["1_a.sql": "-- migrate:up\n-- migrate:down\n-- migrate:up\n-- migrate:down\n"], .dbmate),
            (["1_a.up.sql": "SELECT 1;", "1_a.down.sql": "SELECT 2;"], .golangMigrate),
            (["1_a.sql": "-- +goose Up\nSELECT 1;"], .goose),
            (["1_a.sql": "\r\n--   +GOOSE up\r\nSELECT 1;"], .goose),
            (["1_a.sql": "-- +goose Up\n", "2_b.go": "package x"], .goose),
            (["V1__a.sql": "SELECT 1;", "R__b.sql": "SELECT 1;"], .flyway),
            (["2024/q1/V1.2__a.sql": "SELECT 1;"], .flyway),
            (["2026-11-21-093000_a/up.sql": "SELECT 1;"], .diesel),
            (["00000000000000_diesel_initial_setup/up.sql": "SELECT 1;"], .diesel),
            (["1_a.sql": "-- no-transaction\nSELECT 1;", "2_b.sql": "SELECT 1;"], .sqlx),
            (["1_a.up.sql": "-- no-transaction\nSELECT 1;", "1_a.down.sql": ""], .sqlx),
            (["001_a.sql": "SELECT 1;\n---- create above / drop below ----\nSELECT 2;"], .tern),
            (["001_a.sql": "---- tern: disable-tx ----\nSELECT 1;"], .tern),
        ] as [([String: String], MigrationLayout)]
    )
    func `a folder says itself what it is`(files: [String: String], layout: MigrationLayout) {
        #expect(recognise(files) == .certain(layout))
    }

    @Test(arguments: [("tern.conf", MigrationLayout.tern), ("Cargo.toml", .sqlx), (".sqlx", .sqlx)])
    func `files without markers are told apart by the project around them`(
        neighbour: String,
        layout: MigrationLayout
    ) {
        #expect(recognise(["1_a.sql": "SELECT 1;"], beside: [neighbour]) == .certain(layout))
    }

    @Test(
        arguments: [
            (["1_a.sql": "SELECT 1;"], [.native, .sqlx, .tern]),
            (["1_a.sql": "-- migrate:up\n", "2_b.sql": "-- +goose Up\n"], [.native, .goose]),
            (["1_a.sql": "-- +goose Up\n", "2_b.up.sql": ""], [.goose, .golangMigrate]),
            (["1_a.sql": "-- migrate:up\n", "V1__a.sql": ""], [.flyway, .native]),
            (["1_a/up.sql": "", "2_b.up.sql": ""], [.diesel, .golangMigrate]),
        ] as [([String: String], [MigrationLayout])]
    )
    func `what can be read in several ways is not guessed`(
        files: [String: String],
        layouts: [MigrationLayout]
    ) throws {
        guard case .ambiguous(let candidates) = recognise(files) else {
            Issue.record("\(recognise(files))")
            return
        }
        #expect(candidates.map(\.layout) == layouts)
    }

    @Test func `the refusal names the candidates, what speaks for them and the option`() throws {
        let listing = FolderListing(
            path: "db",
            files: ["1_a.sql": Array("-- migrate:up\n".utf8), "2_b.sql": Array("-- +goose Up\n".utf8)]
        )
        let error = try #require(throws: MigrationDirectoryError.self) {
            try MigrationDirectory(listing, layout: nil)
        }
        #expect(error.description.contains("--layout native: db/1_a.sql has a line -- migrate:up"))
        #expect(error.description.contains("--layout goose: db/2_b.sql has a line -- +goose"))
        let chosen = try MigrationDirectory(
            FolderListing(path: "db", files: ["1_a.sql": Array("SELECT 1;".utf8)]),
            layout: .sqlx
        )
        #expect(chosen.layout == .sqlx)
        #expect(chosen.migrations.map(\.label) == ["1_a"])
    }

    @Test func `a marker in the middle of a line is none`() {
        let text = "-- migrate:up\nSELECT 1; -- +goose Up\n"
        #expect(recognise(["1_a.sql": text]) == .certain(.native))
    }

    @Test func `folders below are searched for Flyway's files and those of diesel, nothing hidden`() throws {
        let folder = try TemporaryFolder()
        try folder.writeAll([
            "v1.0/a/V1__a.sql": "SELECT 1;", "v1.0/a/V1__a.sql.conf": "executeInTransaction=false",
            "v1.0/other.sql": "SELECT 1;", ".git/V2__b.sql": "SELECT 1;", "V3__c.sql": "SELECT 1;",
        ])
        let directory = try MigrationDirectory(path: folder.path)
        #expect(directory.layout == .flyway)
        #expect(directory.migrations.map(\.label) == ["1_a", "3_c"])
        #expect(directory.migrations[0].up.options.transactionMode == .perStatement)
        let diesel = try TemporaryFolder()
        try diesel.writeAll([
            "2026-11-21-093000_v1.2/up.sql": "SELECT 1;",
            "2026-11-21-093000_v1.2/metadata.toml": "run_in_transaction = false",
        ])
        let read = try MigrationDirectory(path: diesel.path)
        #expect(read.layout == .diesel)
        #expect(read.migrations.map(\.up.options.transactionMode) == [.perStatement])
    }
}

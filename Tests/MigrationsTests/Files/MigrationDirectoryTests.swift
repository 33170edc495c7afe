import Foundation
import SQLSyntax
import Testing

@testable import Migrations

@Suite struct MigrationDirectoryTests {
    private static let empty = "-- migrate:up\n-- migrate:down\n"

    @Test func `files are read in the order of their versions`() throws {
        let folder = try TemporaryFolder([
            "10_b.sql": Self.empty, "9_a.sql": Self.empty, "20261121093000_create_city.sql": Self.empty,
            "R__views.sql": "SELECT 1",
            "7.sql": Self.empty, "README.md": "hello", "create.sql": "SELECT 1", ".hidden.sql": "x",
        ])
        let directory = try MigrationDirectory(path: folder.path)
        #expect(
            directory.migrations.map(\.label) == [
                "7", "9_a", "10_b", "20261121093000_create_city", "R__views",
            ]
        )
        #expect(directory.ignored == ["create.sql"])
        #expect(directory.migrations.last?.kind == .repeatable)
    }

    @Test func `a pair of files is one migration`() throws {
        let folder = try TemporaryFolder([
            "1_city.up.sql": "CREATE TABLE city ();",
            "1_city.down.sql": "-- migrate:down transaction:false\nDROP TABLE city;",
            "2_more.up.sql": "SELECT 1;",
        ])
        let migrations = try MigrationDirectory(path: folder.path).migrations
        #expect(migrations.map(\.label) == ["1_city", "2_more"])
        #expect(migrations[0].up.statements.map(\.text) == ["CREATE TABLE city ()"])
        #expect(migrations[0].down?.options.transactionMode == .perStatement)
        #expect(migrations[1].down == nil)
    }

    @Test func `a missing folder is named with the way out`() throws {
        let error = try #require(throws: MigrationDirectoryError.self) {
            try MigrationDirectory(path: "/nowhere/migrations")
        }
        #expect(error == .missing(path: "/nowhere/migrations"))
        #expect(error.description.contains("/nowhere/migrations"))
        #expect(error.description.contains("caisson init"))
        #expect(error.description.contains("--migrations"))
    }

    @Test func `an empty folder is an error that names what was not taken`() throws {
        let folder = try TemporaryFolder(["V__x.sql": "SELECT 1"])
        let error = try #require(throws: MigrationDirectoryError.self) {
            try MigrationDirectory(path: folder.path)
        }
        #expect(error == .empty(path: folder.path, ignored: ["V__x.sql"]))
        #expect(error.description.contains("caisson migrate new"))
    }

    @Test func `a file in place of the folder is an error`() throws {
        let folder = try TemporaryFolder(["x": ""])
        let path = folder.path + "/x"
        #expect(throws: MigrationDirectoryError.notAFolder(path: path)) { try MigrationDirectory(path: path) }
    }

    @Test(arguments: [["1_a.sql", "1_b.sql"], ["01_a.sql", "1_b.sql"], ["1_a.sql", "1_a.up.sql"]])
    func `two files of one version are both named`(files: [String]) throws {
        let folder = try TemporaryFolder(
            Dictionary(uniqueKeysWithValues: files.map { ($0, "-- migrate:up\n") })
        )
        let error = try #require(throws: MigrationDirectoryError.self) {
            try MigrationDirectory(path: folder.path)
        }
        for file in files { #expect(error.description.contains(file)) }
        guard case .duplicate = error else {
            Issue.record("\(error)")
            return
        }
    }

    @Test(arguments: [["1_a.down.sql"], ["1_a.up.sql", "2_b.down.sql"]])
    func `a down file without its up file is refused`(files: [String]) throws {
        let folder = try TemporaryFolder(Dictionary(uniqueKeysWithValues: files.map { ($0, "SELECT 1;") }))
        let error = try #require(throws: MigrationDirectoryError.self) {
            try MigrationDirectory(path: folder.path)
        }
        #expect(error.description.contains("has no up file"))
    }

    @Test func `a wrong marker in a half of a pair is refused`() throws {
        let folder = try TemporaryFolder(["1_a.up.sql": "-- migrate:down\nSELECT 1;"])
        let error = try #require(throws: MigrationDirectoryError.self) {
            try MigrationDirectory(path: folder.path)
        }
        #expect(error.description.contains("1_a.up.sql:1: -- migrate:down belongs into the other file"))
    }

    @Test func `byte order marks and line ends do not change the checksum, text does`() throws {
        func checksum(_ text: String) throws -> String {
            let folder = try TemporaryFolder(["1_a.sql": text])
            return try #require(MigrationDirectory(path: folder.path).migrations.first).checksum
        }
        let plain = try checksum("-- migrate:up\nSELECT 1;\n")
        #expect(try checksum("\u{FEFF}-- migrate:up\r\nSELECT 1;\r\n") == plain)
        #expect(try checksum("-- migrate:up\nSELECT 2;\n") != plain)
        #expect(try checksum("-- migrate:up\nSELECT 1;\n-- more\n") != plain)
    }

    @Test func `a cosmetic edit keeps the normalized checksum`() throws {
        func checksum(_ text: String) throws -> String {
            let folder = try TemporaryFolder(["1_a.sql": text])
            return try #require(MigrationDirectory(path: folder.path).migrations.first).normalizedChecksum
        }
        #expect(try checksum("-- migrate:up\nSELECT 1;") == checksum("-- migrate:up\n-- why\nselect   1 ;"))
        #expect(try checksum("-- migrate:up\nSELECT 1;") != checksum("-- migrate:up\nSELECT 2;"))
    }
}

@Suite struct NewMigrationTests {
    private let moment = Date(timeIntervalSince1970: 1_795_253_400)

    @Test(arguments: [("create city", "create_city"), ("Add  Größe/Index!", "add_größe_index"), ("x", "x")])
    func `the file is named after the time and the words`(name: String, slug: String) throws {
        let folder = try TemporaryFolder()
        let path = try NewMigration.create(name, in: folder.path + "/new", now: moment)
        #expect(path == ["\(folder.path)/new/20261121093000_\(slug).sql"])
        let migration = try #require(MigrationDirectory(path: folder.path + "/new").migrations.first)
        #expect(migration.down != nil)
        #expect(migration.up.statements.isEmpty)
    }

    @Test func `a second one in the same second comes behind and nothing is written over`() throws {
        let folder = try TemporaryFolder()
        let first = try NewMigration.create("x", in: folder.path, now: moment)
        let second = try NewMigration.create("x", in: folder.path, now: moment)
        #expect(first != second)
        #expect(
            try MigrationDirectory(path: folder.path).migrations.map(\.label) == [
                "20261121093000_x", "20261121093001_x",
            ]
        )
    }

    @Test(
        arguments: [
            (.dbmate, ["20261121093000_a.sql"], ["20261121093001_x.sql"]),
            (.goose, ["00009_a.sql"], ["00010_x.sql"]), (.goose, [], ["20261121093000_x.sql"]),
            (.golangMigrate, ["000001_a.up.sql"], ["000002_x.up.sql", "000002_x.down.sql"]),
            (.sqlx, ["20200101000000_a.sql"], ["20261121093000_x.sql"]),
            (.sqlx, ["20200101000000_a.up.sql"], ["20261121093000_x.up.sql", "20261121093000_x.down.sql"]),
            (.tern, [], ["001_x.sql"]), (.tern, ["099_a.sql"], ["100_x.sql"]),
            (.sqlMigrate, ["0007_a.sql"], ["0008_x.sql"]),
            (.flyway, ["V1.10__a.sql", "V1_9__b.sql"], ["V2__x.sql"]), (.flyway, [], ["V1__x.sql"]),
            (.diesel, [], ["2026-11-21-093000_x/up.sql", "2026-11-21-093000_x/down.sql"]),
        ] as [(MigrationLayout, [String], [String])]
    )
    func `a new migration is written as the others are`(
        layout: MigrationLayout,
        existing: [String],
        expected: [String]
    ) throws {
        let text =
            switch layout {
            case .dbmate: "-- migrate:up\n"
            case .goose: "-- +goose Up\n"
            case .sqlMigrate: "-- +migrate Up\n"
            default: ""
            }
        let folder = try TemporaryFolder(
            Dictionary(uniqueKeysWithValues: existing.map { ($0, text) })
        )
        let paths = try NewMigration.create("x", in: folder.path, layout: layout, now: moment)
        #expect(paths == expected.map { "\(folder.path)/\($0)" })
        let directory = try MigrationDirectory(path: folder.path, layout: layout)
        #expect(directory.migrations.last?.name == "x")
    }

    @Test(arguments: ["", "!!!"])
    func `a name without letters is refused`(name: String) throws {
        #expect(throws: NewMigrationError.noName(name)) {
            try NewMigration.create(name, in: "/tmp", now: moment)
        }
    }
}

import Digests
import Foundation
import SQLSyntax
import Testing

@testable import Migrations

/// Files beyond what is kept in memory are read again when their text is asked for.
@Suite struct LeftOnDiskTests {
    private let filling = "-- " + String(repeating: "x", count: 2000) + "\n"

    private func migrations(_ folder: TemporaryFolder) throws -> [Migration] {
        try MigrationDirectory(FolderScanner.scan(folder.path, keeping: 1000), layout: nil).migrations
    }

    @Test func `a big file is what it was when it is asked for`() throws {
        let folder = try TemporaryFolder([
            "1_a.sql": "-- migrate:up\nSELECT 1;",
            "2_b.sql": "-- migrate:up lock-timeout:1s\n\(filling)SELECT 2;\n-- migrate:down\nSELECT 3;",
        ])
        let migrations = try migrations(folder)
        let big = migrations[1]
        #expect(big.options.lockTimeout == .seconds(1))
        #expect(big.hasStatements)
        #expect(big.checksum == SHA256.hex(Array(try String(contentsOfFile: big.path, encoding: .utf8).utf8)))
        #expect(big.up.statements.map(\.text) == ["SELECT 2"])
        #expect(big.down?.statements.map(\.text) == ["SELECT 3"])
        #expect(migrations[0].up.statements.map(\.text) == ["SELECT 1"])
        let plan = try MigrationPlan(.up(.latest), available: migrations, applied: [])
        #expect(plan.steps.map(\.section.statements.count) == [1, 1])
    }

    @Test func `one that was changed meanwhile is never run`() throws {
        let folder = try TemporaryFolder(["1_a.sql": "-- migrate:up\n\(filling)SELECT 1;"])
        let migrations = try migrations(folder)
        try folder.write("1_a.sql", "-- migrate:up\n\(filling)DROP TABLE a;")
        let error = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: migrations, applied: [])
        }
        #expect(error.description.contains("1_a.sql:1: it was changed since the folder was read"))
        try folder.remove("1_a.sql")
        let gone = try #require(throws: MigrationPlanError.self) {
            try MigrationPlan(.up(.latest), available: migrations, applied: [])
        }
        #expect(gone.description.contains("1_a.sql:1: "))
    }
}

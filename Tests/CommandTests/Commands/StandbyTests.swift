import Foundation
import LocalServer
import Postgres
import TestSupport
import Testing

/// Commands that are sent to a standby by mistake.
@Suite(.serialized) struct StandbyTests {
    private static let commands = [
        "migrate up", "migrate down", "migrate redo", "migrate baseline 3", "migrate squash --to 2",
        "backfill run label_items --restart", "backfill verify label_items",
        "import items.csv --into item", "import items.csv --into item --single-transaction",
    ]

    @Test func `every command that writes says the same, and looking works`() async throws {
        try await TestServer.withOwn { primary in
            let database = try await TestDatabase.create(named: "followed", on: primary)
            let files = Samples.files.merging(["items.csv": "id,name\n1,a\n"]) { $1 }
            let project = try Project(files, environment: ["DATABASE_URL": database.connectionString])
            expectStatus(0, try await project.caisson("migrate up"))
            expectStatus(0, try await project.caisson("backfill run label_items"))
            let standby = try await StandbyServer(of: primary, .synchronous)
            let url = standby.server.connectionString(database: "followed")
            let other = try Project(files, environment: ["DATABASE_URL": url])
            try other.write("-- migrate:up\nCREATE TABLE third ();", to: "migrations/3_third.sql")

            for command in Self.commands {
                let refused = try await other.caisson(command)
                #expect(refused.ending != .exited(0), "\(command)")
                #expect(
                    refused.errorOutput.contains(
                        "The server takes no writes (a standby, or default_transaction_read_only is on)"
                    ),
                    "\(command): \(refused.errorOutput)"
                )
                #expect(!refused.errorOutput.contains("Correct it"), "\(command)")
            }
            for command in [
                "status", "migrate status", "migrate up --dry-run", "backfill status",
                "migrate dump --output -",
            ] {
                expectStatus(0, try await other.caisson(command))
            }
        }
    }

    @Test(.freshDatabase) func `so does a session that is read-only by default`() async throws {
        let environment = [
            "DATABASE_URL": try TestDatabase.current.connectionString,
            "PGOPTIONS": "-c default_transaction_read_only=on",
        ]
        expectStatus(0, try await Project.onDatabase(Samples.files).caisson("migrate up"))
        let project = try Project(Samples.files, environment: environment)
        try project.write("-- migrate:up\nCREATE TABLE third ();", to: "migrations/3_third.sql")
        let refused = try await project.caisson("migrate up")
        #expect(refused.ending != .exited(0))
        #expect(refused.errorOutput.contains("The server takes no writes"))
        #expect(!refused.errorOutput.contains("Correct it"))
    }
}

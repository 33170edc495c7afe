import Foundation
import Postgres
import SQLSyntax
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct MigrationFailureTests {
    private func failure(
        _ fixture: MigrationFixture,
        _ command: MigrationCommand = .up(.latest)
    ) throws -> MigrationFailure {
        try #require(throws: MigrationFailure.self) { try fixture.run(command) }
    }

    @Test func `a failed file leaves nothing and says where it failed`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();",
            "2_b.sql":
                "-- migrate:up\nCREATE TABLE b ();\n-- ünïcödé\n\tSELECT 'ééé😀',\n\t  oops FROM b;\nCREATE TABLE c ();",
            "3_c.sql": "-- migrate:up\nCREATE TABLE d ();",
        ])
        let failure = try failure(fixture)
        #expect(failure.completed.map(\.step.label) == ["1_a"])
        #expect(failure.remaining.map(\.label) == ["3_c"])
        #expect(failure.left == .nothing)
        guard case .statement(let failed) = failure.reason else { throw failure }
        #expect(failed.location.description == "5:4")
        #expect(failed.ordinal == 2)
        #expect(failed.caret == "  5 | \t  oops FROM b;\n    | \t  ^")
        #expect(failed.error.sqlState == .undefinedColumn)
        let text = failure.description
        #expect(text.contains("2_b failed on the way up"))
        #expect(text.contains("2_b.sql:5:4: column \"oops\" does not exist (SQLSTATE 42703)"))
        #expect(text.contains("Nothing was left behind"))
        #expect(text.contains("caisson migrate up"))
        #expect(try fixture.exists("a"))
        #expect(try !fixture.exists("b"))
        #expect(try fixture.states() == ["1 applied", "2 pending", "3 pending"])
        #expect(fixture.connection.transactionStatus == .idle)
    }

    @Test func `an error without a position points at the statement, one in COPY data at its line`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (x int);\nCOPY a FROM STDIN;\n1\n2\nthree\n\\.\n"
        ])
        let failed = try #require(failure(fixture).failedStatement)
        #expect(failed.location.line == 6)
        try fixture.folder.write("1_a.sql", "-- migrate:up\nCREATE TABLE a ();\n\n  CREATE TABLE a ();")
        let second = try #require(failure(fixture).failedStatement)
        #expect(second.location.description == "4:3")
    }

    @Test func `a failed way down leaves the migration applied`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();\n-- migrate:down\nDROP TABLE a;\nDROP TABLE z;"
        ])
        try fixture.run()
        let failure = try failure(fixture, .down(.latest))
        #expect(failure.description.contains("1_a.sql:5:1"))
        #expect(failure.description.contains("caisson migrate down"))
        #expect(try fixture.exists("a"))
        #expect(try fixture.states() == ["1 applied"])
    }

    @Test func `a constraint that fails at COMMIT leaves nothing`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": """
            -- migrate:up
            CREATE TABLE a (id int PRIMARY KEY, up int REFERENCES a DEFERRABLE INITIALLY DEFERRED);
            INSERT INTO a VALUES (1, 2);
            """
        ])
        let failure = try failure(fixture)
        guard case .commit(let error) = failure.reason else { throw failure }
        #expect(error.sqlState?.rawValue == "23503")
        #expect(failure.left == .nothing)
        #expect(try !fixture.exists("a"))
        #expect(try fixture.states() == ["1 pending"])
    }

    @Test func `a transaction that ends inside a file is noticed at once`() throws {
        // The plan refuses a COMMIT that it can see; this is for one that only the server recognises.
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a ();\nCOMMIT;\nCREATE TABLE b ();"
        ])
        let migration = try #require(MigrationDirectory(path: fixture.folder.path).migrations.first)
        let step = MigrationStep(
            identity: migration.identity,
            name: migration.name,
            section: migration.up,
            migration: migration
        )
        let run = MigrationRun(
            connection: fixture.connection,
            configuration: fixture.configuration,
            hooks: fixture.hooks
        )
        try run.ledger.install(on: fixture.connection)
        try run.acquireLock()
        let failure = try #require(throws: MigrationFailure.self) {
            try MigrationExecution(run).execute([step])
        }
        guard case .endedTransaction(let file, 3) = failure.reason else { throw failure }
        #expect(file.hasSuffix("1_a.sql"))
        #expect(failure.left == .committedPart)
        #expect(try !fixture.exists("b"))
        #expect(try fixture.states() == ["1 pending"])
    }

    @Test func `a second command behind a quote that the server reads otherwise is not run`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql":
                "-- migrate:up\nDO $$ BEGIN PERFORM set_config('standard_conforming' || '_strings', 'off', false); END $$;\nSELECT 'a\\''; CREATE TABLE smuggled (); COMMIT; --';\n"
        ])
        let failure = try failure(fixture)
        #expect(failure.left == .nothing)
        #expect(try !fixture.exists("smuggled"))
    }

    @Test func `what only the server refuses in a transaction comes with advice`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": "-- migrate:up\nCREATE TABLE a (id int) PARTITION BY LIST (id);\nREINDEX TABLE a;"
        ])
        let text = try failure(fixture).description
        #expect(text.contains("1_a.sql:3:1"))
        #expect(text.contains("-- migrate:up transaction:false"))
    }

    @Test(arguments: [1, 2])
    func `a session ended while a statement runs leaves nothing, and the same command goes on`(
        after ordinal: Int
    ) throws {
        let names = ["a", "b", "c"]
        let files = [
            "1_a.sql": "-- migrate:up\n" + names.map { "CREATE TABLE \($0) ();" }.joined(separator: "\n")
        ]
        let fixture = try MigrationFixture(files)
        // All of the file is on its way by then; the server stands still at the next statement.
        let gate = try TestDatabase.current.connection()
        try gate.runScript("BEGIN; CREATE TABLE \(names[ordinal]) (); SELECT 1")
        fixture.onEvent = { [unowned fixture] event in
            if case .statementFinished(_, ordinal, _) = event { try fixture.terminate() }
        }
        let failure = try failure(fixture)
        guard case .connectionLost(let failed) = failure.reason else { throw failure }
        #expect(failed.ordinal == ordinal + 1)
        #expect(failure.left == .nothing)
        #expect(failure.description.contains("Run the same command again"))
        #expect(try !fixture.exists("a"))
        try gate.runScript("ROLLBACK")
        let again = try MigrationFixture(files)
        try again.run()
        #expect(try again.exists("c"))
    }

    // MARK: the COMMIT that nobody answers

    @Test(arguments: [true, false])
    func `a lost COMMIT is looked up, never guessed`(committed: Bool) async throws {
        let database = try TestDatabase.current
        try await withFaultProxy(for: database) { proxy in
            let fixture = try MigrationFixture(
                [
                    "1_a.sql": "-- migrate:up\nCREATE TABLE a ();",
                    "2_b.sql": "-- migrate:up\nCREATE TABLE b ();",
                ],
                over: try proxy.options
            )
            // The first COMMIT is that of the ledger's own tables.
            let lost = proxy.arm(
                .statement(containing: "COMMIT", skipping: 1),
                committed ? .loseReply : .loseRequest
            )
            let migrator = try fixture.migrator()
            do {
                let outcome = try migrator.run(.up(.latest))
                #expect(outcome.completed.map(\.step.label) == ["1_a", "2_b"])
            } catch let failure as MigrationFailure where !committed {
                // The answer to the statement may have been lost too: then the statement may be what has broken the connection.
                guard case .connectionLost = failure.reason else { throw failure }
                #expect(failure.left == .nothing)
                _ = try migrator.run(.up(.latest))
            }
            #expect(lost.isOpen)
            let resolved = fixture.events.compactMap { event -> Bool? in
                if case .outcomeResolved(_, let committed) = event { committed } else { nil }
            }
            #expect(resolved == [committed])
            #expect(
                try fixture.text("SELECT count(*)::text FROM caisson.event WHERE event = 'migration.applied'")
                    == "2"
            )
            #expect(try migrator.status().map(\.state) == [.applied, .applied])
            #expect(try fixture.advisoryLocks() == 0)
        }
    }

    @Test func `an outcome that cannot be looked up is said to be unknown`() async throws {
        let database = try TestDatabase.current
        try await withFaultProxy(for: database) { proxy in
            let fixture = try MigrationFixture(
                ["1_a.sql": "-- migrate:up\nCREATE TABLE a ();"],
                over: try proxy.options
            )
            fixture.configuration.reconnect = Backoff(initial: 0.01, maximum: 0.01, attempts: 2)
            fixture.hooks.reconnect = { _ in throw Unreachable() }
            _ = proxy.arm(.statement(containing: "COMMIT", skipping: 1), .loseReply)
            let failure = try failure(fixture)
            guard case .outcomeUnknown = failure.reason else { throw failure }
            #expect(failure.left == .unknown)
            #expect(failure.description.contains("Run the same command again"))
            #expect(failure.description.contains("the line is dead"))
            // The next run finds it applied.
            let again = try MigrationFixture(["1_a.sql": "-- migrate:up\nCREATE TABLE a ();"])
            again.configuration.lockWait = .patience
            #expect(try again.run().completed.isEmpty)
        }
    }
}

private struct Unreachable: Error, CustomStringConvertible {
    let description = "the line is dead"
}

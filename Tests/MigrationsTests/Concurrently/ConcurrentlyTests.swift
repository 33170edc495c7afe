import Control
import Foundation
import Postgres
import SQLSyntax
import TestSupport
import Testing

@testable import Migrations

@Suite(.freshDatabase) struct ConcurrentlyTests {
    private func file(_ statements: String...) -> String {
        (["-- migrate:up transaction:false"] + statements.map { $0 + ";" }).joined(separator: "\n")
    }

    private func failure(_ fixture: MigrationFixture) throws -> MigrationFailure {
        try #require(throws: MigrationFailure.self) { try fixture.run() }
    }

    /// Stores what a run leaves that was cut off behind a statement without hearing of its end.
    private func forgetEnd(of ordinal: Int, _ fixture: MigrationFixture) throws {
        try fixture.other.execute(
            "UPDATE caisson.migration_statement SET finished_at = NULL WHERE ordinal >= \(ordinal)"
        )
        try fixture.other.execute("UPDATE caisson.migration SET state = 'applying', applied_at = NULL")
    }

    private func foundDone(_ fixture: MigrationFixture) -> [Int] {
        fixture.events.compactMap { if case .foundDone(_, let ordinal) = $0 { ordinal } else { nil } }
    }

    // MARK: CREATE INDEX

    @Test func `IF NOT EXISTS does not pass over another index of that name`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE INDEX CONCURRENTLY IF NOT EXISTS a_x ON a (x)")
        ])
        try fixture.other.runScript("CREATE TABLE a (x int, y int); CREATE INDEX a_x ON a (y)")
        let failure = try failure(fixture)
        guard case .otherIndex("public.a_x", let found, _, 2) = failure.reason else { throw failure }
        #expect(found == "CREATE INDEX a_x ON public.a USING btree (y)")
        #expect(try fixture.states() == ["1 partial"])
        try fixture.other.runScript("DROP INDEX a_x; CREATE UNIQUE INDEX a_x ON a (x)")
        _ = try self.failure(fixture)
        try fixture.other.runScript("DROP INDEX a_x; CREATE INDEX a_x ON a USING btree (x ASC NULLS LAST)")
        try fixture.run()
        #expect(try fixture.states() == ["1 applied"])
    }

    @Test(arguments: [
        "CREATE INDEX a_x ON a (y)", "CREATE TABLE a_x ()",
    ])
    func `IF NOT EXISTS passes over what has the name when a person says so`(obstacle: String) throws {
        let statement = "CREATE INDEX CONCURRENTLY IF NOT EXISTS a_x ON a (x)"
        let fixture = try MigrationFixture(["1_a.sql": file(statement, "CREATE TABLE after ()")])
        try fixture.other.runScript("CREATE TABLE a (x int, y int); \(obstacle)")
        #expect(try failure(fixture).description.contains("--existing-index accept"))
        fixture.configuration.existingIndex = .accept
        try fixture.run()
        #expect(try fixture.states() == ["1 applied"])
        #expect(try fixture.exists("after"))
    }

    @Test func `an invalid index is built again whatever is said about existing ones`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS a_x ON a (x)")
        ])
        try fixture.other.runScript("CREATE TABLE a (x int); INSERT INTO a VALUES (1), (1)")
        fixture.configuration.existingIndex = .accept
        _ = try failure(fixture)
        try fixture.other.execute("TRUNCATE a")
        try fixture.run()
        #expect(
            try fixture.text("SELECT indisvalid::text FROM pg_index WHERE indexrelid = 'a_x'::regclass")
                == "true"
        )
    }

    @Test(arguments: [
        "CREATE TABLE a_x ()", "CREATE TABLE b (x int); CREATE INDEX a_x ON b (x)",
    ])
    func `IF NOT EXISTS does not pass over something else of that name`(obstacle: String) throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE INDEX CONCURRENTLY IF NOT EXISTS a_x ON a (x)")
        ])
        try fixture.other.runScript("CREATE TABLE a (x int); \(obstacle)")
        guard case .otherIndex = try failure(fixture).reason else {
            Issue.record("it was passed over")
            return
        }
    }

    @Test func `an index whose end was not recorded is found done`() throws {
        let fixture = try MigrationFixture(["1_a.sql": file("CREATE INDEX CONCURRENTLY a_x ON a (x)")])
        try fixture.other.execute("CREATE TABLE a (x int)")
        try fixture.run()
        try forgetEnd(of: 1, fixture)
        #expect(try fixture.states() == ["1 partial"])
        try fixture.run()
        #expect(foundDone(fixture) == [1])
        #expect(try fixture.states() == ["1 applied"])
    }

    @Test func `an index that somebody else has made is not taken for ours`() throws {
        let fixture = try MigrationFixture(["1_a.sql": file("CREATE INDEX CONCURRENTLY a_x ON a (x)")])
        try fixture.other.runScript("CREATE TABLE a (x int); CREATE INDEX a_x ON a (x)")
        #expect(try failure(fixture).failedStatement?.error.sqlState == .duplicateTable)
        #expect(try failure(fixture).failedStatement?.error.sqlState == .duplicateTable)
    }

    @Test func `who is waited for and how far it is are told`() throws {
        let fixture = try MigrationFixture(["1_a.sql": file("CREATE INDEX CONCURRENTLY a_x ON a (x)")])
        try fixture.other.execute("CREATE TABLE a (x int)")
        try fixture.other.runScript("BEGIN; INSERT INTO a VALUES (1)")
        var blockers: [Int32] = []
        var phases: [String] = []
        fixture.onEvent = { [unowned fixture] event in
            if case .blocked(_, 1, let report) = event { blockers = report.blockers.map(\.pid) }
            if case .indexProgress(_, 1, let progress) = event { phases.append(progress.phase) }
            let isOpen = fixture.other.transactionStatus == .inTransaction
            if isOpen, !blockers.isEmpty, !phases.isEmpty { try fixture.other.execute("COMMIT") }
        }
        try fixture.run()
        #expect(blockers == [fixture.other.backendID])
        #expect(phases.first == "waiting for writers before build")
    }

    // MARK: partitioned tables

    private static let partitioned = """
        CREATE TABLE visit (at int, site int) PARTITION BY RANGE (at);
        CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (1) TO (10);
        CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (10) TO (20) PARTITION BY LIST (site);
        CREATE TABLE visit_2a PARTITION OF visit_2 FOR VALUES IN (1);
        CREATE TABLE visit_2b PARTITION OF visit_2 DEFAULT;
        INSERT INTO visit VALUES (1, 1), (11, 1), (12, 2)
        """

    private static let state: SQL = """
        SELECT string_agg(indrelid::regclass || ' ' || indisvalid, ', ' ORDER BY indrelid::regclass::text COLLATE "C")
        FROM pg_index
        """

    private static let allValid = "visit true, visit_1 true, visit_2 true, visit_2a true, visit_2b true"

    @Test func `an index on a partitioned table is built part by part`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE UNIQUE INDEX CONCURRENTLY visit_at ON visit (at, site) WHERE at > 0")
        ])
        try fixture.other.runScript(Self.partitioned)
        try fixture.run()
        #expect(try fixture.text(Self.state.inPublic) == Self.allValid)
        #expect(try fixture.exists("visit_1_visit_at"))
        let indexed = fixture.events.compactMap { event -> String? in
            if case .partitionIndexed(_, let table, _) = event { table } else { nil }
        }
        #expect(
            indexed.sorted() == ["public.visit_1", "public.visit_2", "public.visit_2a", "public.visit_2b"]
        )
        #expect(try fixture.states() == ["1 applied"])
    }

    @Test func `a build that fails on one partition goes on there`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS visit_at ON visit (at, site)")
        ])
        try fixture.other.runScript(Self.partitioned + "; INSERT INTO visit VALUES (12, 2)")
        let failure = try failure(fixture)
        #expect(failure.failedStatement?.error.sqlState == .uniqueViolation)
        #expect(failure.failedStatement?.location.description == "2:1")
        #expect(try fixture.text(Self.state.inPublic).contains("visit_1 true"))
        try fixture.other.execute("DELETE FROM visit_2b WHERE ctid = '(0,1)'")
        try fixture.run()
        #expect(try fixture.text(Self.state.inPublic) == Self.allValid)
    }

    // MARK: the others

    @Test func `a dropped index whose end was not recorded is found done`() throws {
        let fixture = try MigrationFixture(["1_a.sql": file("DROP INDEX CONCURRENTLY a_x")])
        try fixture.other.runScript("CREATE TABLE a (x int); CREATE INDEX a_x ON a (x)")
        try fixture.run()
        try forgetEnd(of: 1, fixture)
        try fixture.run()
        #expect(foundDone(fixture) == [1])
    }

    @Test func `an index that is not there fails as it does without the tool`() throws {
        let fixture = try MigrationFixture(["1_a.sql": file("DROP INDEX CONCURRENTLY a_x")])
        _ = try failure(fixture)
        #expect(try failure(fixture).failedStatement != nil)
    }

    @Test func `a rebuild that was cancelled leaves nothing after the next`() throws {
        let fixture = try MigrationFixture(["1_a.sql": file("REINDEX TABLE CONCURRENTLY a")])
        try fixture.other.runScript("CREATE TABLE a (x int); CREATE INDEX a_x ON a (x)")
        try fixture.other.runScript("BEGIN; INSERT INTO a VALUES (1)")
        fixture.onEvent = { [unowned fixture] event in
            if case .blocked = event { try fixture.connection.makeCanceller()?.cancel() }
        }
        let failure = try failure(fixture)
        #expect(failure.failedStatement?.error.sqlState == .queryCanceled)
        try fixture.other.execute("COMMIT")
        let invalid: SQL = "SELECT count(*)::text FROM pg_index WHERE NOT indisvalid"
        #expect(try fixture.text(invalid) == "1")
        fixture.onEvent = { _ in }
        try fixture.run()
        #expect(try fixture.text(invalid) == "0")
        #expect(try fixture.text("SELECT count(*)::text FROM pg_index WHERE indrelid = 'a'::regclass") == "1")
    }

    private static let detachable = """
        CREATE TABLE a (x int) PARTITION BY RANGE (x);
        CREATE TABLE a_1 PARTITION OF a FOR VALUES FROM (1) TO (10)
        """

    @Test func `a detaching that was cancelled is brought to its end`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("ALTER TABLE a DETACH PARTITION a_1 CONCURRENTLY")
        ])
        try fixture.other.runScript(Self.detachable)
        try fixture.other.runScript("BEGIN; SELECT count(*) FROM a")
        fixture.onEvent = { [unowned fixture] event in
            if case .blocked = event { try fixture.connection.makeCanceller()?.cancel() }
        }
        _ = try failure(fixture)
        try fixture.other.execute("COMMIT")
        #expect(try fixture.text("SELECT inhdetachpending::text FROM pg_inherits") == "true")
        fixture.onEvent = { _ in }
        try fixture.run()
        #expect(try fixture.text("SELECT count(*)::text FROM pg_inherits") == "0")
        #expect(fixture.events.contains { if case .finalizingDetach(_, "a_1") = $0 { true } else { false } })
    }

    @Test func `a detaching whose end was not recorded is found done`() throws {
        let fixture = try MigrationFixture([
            "1_a.sql": file("ALTER TABLE a DETACH PARTITION a_1 CONCURRENTLY")
        ])
        try fixture.other.runScript(Self.detachable)
        try fixture.run()
        try forgetEnd(of: 1, fixture)
        try fixture.run()
        #expect(foundDone(fixture) == [1])
    }
}

extension SQL {
    fileprivate var inPublic: SQL {
        "\(self) WHERE indrelid::regclass::text IN (SELECT tablename FROM pg_tables WHERE schemaname = 'public')"
    }
}

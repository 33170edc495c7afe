import Postgres
import TestSupport
import Testing

@testable import Migrations

/// The connection is cut at every message of a run; the same command again must lead to the same end.
@Suite(.freshDatabase) struct EveryBoundaryTests {
    private static let transactional = """
        -- migrate:up
        CREATE TABLE a (x int);
        INSERT INTO a VALUES (1), (2);
        CREATE INDEX a_x ON a (x);
        """

    private static let statementwise = """
        -- migrate:up transaction:false
        CREATE TABLE a (x int);
        INSERT INTO a VALUES (1), (2);
        CREATE INDEX CONCURRENTLY a_x ON a (x);
        REINDEX INDEX CONCURRENTLY a_x;
        CREATE INDEX CONCURRENTLY a_drop ON a (x DESC);
        DROP INDEX CONCURRENTLY a_drop;
        VACUUM a;
        INSERT INTO a VALUES (3);
        """

    private static let partitioned = """
        -- migrate:up transaction:false
        CREATE TABLE a (x int) PARTITION BY RANGE (x);
        CREATE TABLE a_1 PARTITION OF a FOR VALUES FROM (1) TO (10);
        CREATE TABLE a_2 PARTITION OF a FOR VALUES FROM (10) TO (20);
        INSERT INTO a VALUES (1), (11);
        CREATE INDEX CONCURRENTLY a_x ON a (x);
        ALTER TABLE a DETACH PARTITION a_2 CONCURRENTLY;
        """

    private static let end: SQL = """
        SELECT concat_ws(' | ',
            (SELECT string_agg(x::text, ',' ORDER BY x) FROM a),
            (SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ',' ORDER BY indexrelid::regclass::text)
             FROM pg_index WHERE indrelid::regclass::text LIKE 'a%'),
            (SELECT string_agg(version || ' ' || state, ',') FROM caisson.migration),
            (SELECT count(*) FROM caisson.event WHERE event = 'migration.applied'),
            (SELECT count(*) FROM pg_inherits))
        """

    private func reset(_ connection: Connection) throws {
        try connection.runScript(
            "SET client_min_messages = warning; DROP TABLE IF EXISTS a, a_1, a_2; DROP SCHEMA IF EXISTS caisson CASCADE"
        )
    }

    /// Runs until it works, and says what is there then.
    private func result(of text: String) throws -> String {
        let fixture = try MigrationFixture(["1_a.sql": text])
        fixture.configuration.lockWait = .patience
        try fixture.run()
        #expect(try fixture.states() == ["1 applied"])
        #expect(try fixture.advisoryLocks() == 0)
        return try fixture.text(Self.end)
    }

    @Test(arguments: [transactional, statementwise, partitioned], Cut.allCases)
    fileprivate func `a run that is cut off anywhere comes to the same end`(
        text: String,
        cut: Cut
    ) async throws {
        let database = try TestDatabase.current
        let wanted = try result(of: text)
        let administration = try database.connection()
        var number = 0
        var strikes = true
        while strikes {
            try reset(administration)
            strikes = try await withFaultProxy(for: database) { proxy in
                let fixture = try MigrationFixture(["1_a.sql": text], over: try proxy.options)
                fixture.configuration.lockWait = .patience
                let gate = proxy.arm(.execution(skipping: number), cut.fault)
                // Whether it fails depends on the message: a lost COMMIT is looked up.
                _ = try? fixture.run()
                return gate.isOpen
            }
            let found = try result(of: text)
            #expect(found == wanted, "cut at message \(number)")
            number += 1
        }
        #expect(number > 20)
    }
}

/// On which way a message is lost.
private enum Cut: CaseIterable {
    case beforeTheServer, afterTheServer

    var fault: Fault { self == .beforeTheServer ? .loseRequest : .loseReply }
}

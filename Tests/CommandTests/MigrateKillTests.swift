import Postgres
import TestSupport
import Testing

/// `kill -9` of `caisson migrate up` at every message that has the server do something, then the same command again. The
/// database must be that of a run which nobody disturbed, and no statement may have run twice.
@Suite(.freshDatabase) struct MigrateKillTests {
    private static let transactional = """
        -- migrate:up
        CREATE TABLE log (what text);
        INSERT INTO log VALUES ('one');
        CREATE INDEX log_what ON log (what);
        INSERT INTO log VALUES ('two');
        """

    private static let statementwise = """
        -- migrate:up transaction:false
        CREATE TABLE log (what text);
        INSERT INTO log VALUES ('one');
        CREATE INDEX CONCURRENTLY log_what ON log (what);
        INSERT INTO log VALUES ('two');
        """

    /// When the process dies.
    enum Moment: CaseIterable {
        /// The server never gets the message.
        case before
        /// The server has carried the message out, and the process has not heard of it.
        case after

        var fault: Fault { self == .before ? .stall : .stallReply }
    }

    private static let end: SQL = """
        SELECT concat_ws(' | ',
            (SELECT string_agg(what, ',' ORDER BY what) FROM log),
            (SELECT string_agg(indexrelid::regclass || ' ' || indisvalid, ',') FROM pg_index
             WHERE indrelid = 'log'::regclass),
            (SELECT string_agg(version || ' ' || state, ',') FROM caisson.migration),
            (SELECT string_agg(ordinal || ' ' || (finished_at IS NOT NULL) || coalesce(error, ''), ',' ORDER BY ordinal)
             FROM caisson.migration_statement),
            (SELECT string_agg(event, ',') FROM caisson.event))
        """

    @Test(arguments: [transactional, statementwise], Moment.allCases)
    func `a migration that is killed anywhere ends like one that was not`(
        text: String,
        moment: Moment
    ) async throws {
        let project = try Project.onDatabase(["migrations/1_log.sql": text])
        let wanted = try await Self.finish(project)
        #expect(wanted.hasPrefix("one,two | log_what true | 1 applied"))
        let administration = try TestDatabase.current.connection()
        var number = 0
        var strikes = true
        while strikes {
            try administration.runScript(
                "SET client_min_messages = warning; DROP TABLE IF EXISTS log; DROP SCHEMA IF EXISTS caisson CASCADE"
            )
            strikes = try await Self.killed(project, at: number, moment)
            let found = try await Self.finish(project)
            #expect(found == wanted, "killed \(moment) message \(number)")
            number += 1
        }
        // Whatever is sent together: the lock, the tables, BEGIN, four statements, the record, COMMIT.
        #expect(number > 10)
    }

    /// Runs the tool and kills it at a message; false when it has ended before there were so many.
    private static func killed(_ project: Project, at number: Int, _ moment: Moment) async throws -> Bool {
        try await withFaultProxy(for: try TestDatabase.current) { proxy in
            let gate = proxy.arm(.execution(skipping: number), moment.fault)
            let tool = try await project.start("migrate up --database \(proxy.connectionString)")
            try await eventually("the message or the end") { gate.isOpen || !tool.isRunning }
            tool.send(.kill)
            let result = try await tool.result()
            #expect(gate.isOpen ? result.status == nil : result.status == 0, "\(result)")
            return gate.isOpen
        }
    }

    private static func finish(_ project: Project) async throws -> String {
        expectStatus(0, try await project.caisson("migrate up"))
        return try TestDatabase.current.connection().queryOne(end, as: String.self)
    }
}

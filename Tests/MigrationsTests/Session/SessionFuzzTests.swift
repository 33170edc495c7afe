import Foundation
import Postgres
import TestSupport
import Testing

@testable import Migrations

/// Random statements that change the session, around one that fails: gone on with in another session, the file gives what it
/// gives in one go, or is refused.
///
/// `SESSION_ROUNDS` says how many files, `SESSION_SEED` which is the first; each has the next seed, and a difference names its own.
@Suite(.freshDatabase) struct SessionFuzzTests {
    private static func number(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(.untilItHangs)
    func `a file that was interrupted gives what it gives in one go, or is refused`() throws {
        let rounds = Self.number("SESSION_ROUNDS") ?? 25
        let first = Self.number("SESSION_SEED") ?? UInt64.random(in: 1...1_000_000)
        print("sessions: \(rounds) files, from SESSION_SEED=\(first)")
        let bench = try SessionBench()
        var tally = SessionTally()
        for seed in first..<first + rounds { try bench.play(seed, &tally) }
        print("sessions: \(tally)")
        #expect(tally.resumed > 0)
        try bench.clear()
    }
}

/// What became of the files.
private struct SessionTally: CustomStringConvertible {
    /// The server refuses the file in one go as well.
    var unusable = 0
    var refused = 0
    var resumed = 0

    var description: String { "\(resumed) gone on with, \(refused) refused, \(unusable) of no use" }
}

/// A database in which files are run twice.
private final class SessionBench {
    private let other: Connection
    private let roles: [String]

    init() throws {
        let other = try TestDatabase.current.connection()
        let roles = ["one", "two"].map { "session_\($0)_\(other.backendID)" }
        (self.other, self.roles) = (other, roles)
        try other.runScript(
            """
            CREATE TABLE gate (ok int);
            CREATE TABLE seen (run text, what jsonb);
            GRANT ALL ON gate, seen TO PUBLIC;
            GRANT CREATE ON SCHEMA public TO PUBLIC;
            CREATE SCHEMA app; GRANT ALL ON SCHEMA app TO PUBLIC;
            CREATE FUNCTION put(text, text) RETURNS void LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_catalog.set_config($1, $2, false); END';
            CREATE FUNCTION put_locally(text, text) RETURNS void LANGUAGE sql SET work_mem = '7MB' AS
                'SELECT pg_catalog.set_config($1, $2, false)';
            CREATE FUNCTION put_hidden() RETURNS void LANGUAGE sql AS
                'SELECT pg_catalog.set_config(''hidden.setting'', ''y'', false)';
            CREATE ROLE "\(roles[0])"; CREATE ROLE "\(roles[1])"; GRANT "\(roles[0])" TO "\(roles[1])";
            """
        )
    }

    func clear() throws {
        for role in roles { try other.runScript("DROP OWNED BY \"\(role)\"; DROP ROLE \"\(role)\"") }
    }

    func play(_ seed: UInt64, _ tally: inout SessionTally) throws {
        var script = SessionScript(seed: seed, roles: roles)
        let text = script.text
        try other.runScript(
            "TRUNCATE gate, seen; INSERT INTO gate VALUES (1); DROP SCHEMA IF EXISTS caisson CASCADE"
        )
        guard (try? MigrationFixture(["1_a.sql": text.replacing("RUN", with: "one go")]).run()) != nil else {
            tally.unusable += 1
            return
        }
        try other.runScript("TRUNCATE gate; DROP SCHEMA caisson CASCADE")
        let files = ["1_a.sql": text.replacing("RUN", with: "two goes")]
        let stopped = #expect(throws: MigrationFailure.self, "SESSION_SEED=\(seed)\n\(text)") {
            try MigrationFixture(files).run()
        }
        #expect(
            stopped?.failedStatement?.error.sqlState?.rawValue == "22012",
            "SESSION_SEED=\(seed)\n\(text)"
        )
        try other.execute("INSERT INTO gate VALUES (1)")
        do {
            try MigrationFixture(files).run()
            tally.resumed += 1
        } catch let failure as MigrationFailure {
            guard case .sessionNotRestorable = failure.reason else {
                Issue.record("SESSION_SEED=\(seed): \(failure)\n\(text)")
                return
            }
            tally.refused += 1
            return
        }
        let seen = try other.query(
            "SELECT run, what::text FROM seen ORDER BY run",
            as: String.self,
            String.self
        )
        #expect(seen.count == 2 && seen.first?.1 == seen.last?.1, "SESSION_SEED=\(seed): \(seen)\n\(text)")
    }
}

/// A random file. The last statement writes down what it sees.
private struct SessionScript {
    private var dice: SeededGenerator
    private let roles: [String]

    private static let settings = [
        ("search_path", ["app", "public, app", "\"$user\", public"]), ("work_mem", ["1MB", "2MB"]),
        ("datestyle", ["German", "ISO, DMY"]), ("timezone", ["UTC", "Europe/Berlin"]),
        ("lock_timeout", ["1s", "0"]),
        ("statement_timeout", ["30s", "0"]), ("client_encoding", ["LATIN1", "UTF8"]),
        ("app.tenant", ["a", "ü", ""]),
        ("standard_conforming_strings", ["off", "on"]),
        ("default_transaction_isolation", ["serializable", "repeatable read"]),
        ("check_function_bodies", ["off"]), ("escape_string_warning", ["off"]),
        ("intervalstyle", ["iso_8601"]),
        ("bytea_output", ["escape"]), ("plpgsql.variable_conflict", ["use_column"]),
        ("row_security", ["off"]),
    ]

    init(seed: UInt64, roles: [String]) {
        dice = SeededGenerator(seed: seed)
        self.roles = roles
    }

    var text: String {
        mutating get {
            let before = (0..<Int.random(in: 1...8, using: &dice)).map { _ in statement() }
            let after = (0..<Int.random(in: 0...3, using: &dice)).map { _ in statement() }
            let all = before + ["SELECT 1 / count(*) FROM public.gate"] + after + [Self.look]
            return "-- migrate:up transaction:false\n" + all.map { $0 + ";\n" }.joined()
        }
    }

    private mutating func pick<Element>(_ list: [Element]) -> Element {
        list[Int.random(in: list.indices, using: &dice)]
    }

    private mutating func statement() -> String {
        let (name, values) = pick(Self.settings)
        let value = pick(values)
        let quoted = name == "search_path" ? value : "'\(value)'"
        let role = pick(roles)
        return switch Int.random(in: 0..<24, using: &dice) {
        case 0...4: "SET \(name) = \(quoted)"
        case 5...7: "SELECT pg_catalog.set_config('\(name)', '\(value)', \(pick(["false", "false", "true"])))"
        case 8: "SET LOCAL \(name) = \(quoted)"
        case 9: "RESET \(name)"
        case 10: pick(["RESET ALL", "DISCARD ALL", "DISCARD PLANS", "DISCARD TEMP"])
        case 11, 12: pick(["SET ROLE \"\(role)\"", "SET ROLE \"\(role)\"", "SET ROLE NONE", "RESET ROLE"])
        case 13: pick(["SET SESSION AUTHORIZATION \"\(role)\"", "SET SESSION AUTHORIZATION DEFAULT"])
        case 14: "SELECT public.put('\(name)', '\(value)')"
        case 15: "SELECT public.put_locally('\(name)', '\(value)')"
        case 16: "SELECT public.put_hidden()"
        case 17: "DO $$ BEGIN PERFORM pg_catalog.set_config('\(name)', '\(value)', false); COMMIT; END $$"
        case 18:
            "BEGIN;\nSET \(name) = \(quoted);\nSET LOCAL work_mem = '9MB';\n\(pick(["COMMIT", "ROLLBACK"]))"
        case 19: "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        case 20: "SET TIME ZONE \(pick(["'Asia/Tokyo'", "DEFAULT", "LOCAL"]))"
        case 21: "CREATE TEMP TABLE IF NOT EXISTS scratch (i int)"
        case 22: pick(["PREPARE p AS SELECT 1", "DEALLOCATE ALL", "LISTEN news", "UNLISTEN *"])
        default: "SELECT 1"
        }
    }

    /// Everything that a statement may depend on.
    private static let look = """
        INSERT INTO public.seen SELECT 'RUN', pg_catalog.jsonb_build_object(
            'settings', (SELECT pg_catalog.jsonb_object_agg(name, setting) FROM pg_catalog.pg_settings
                         WHERE context IN ('user', 'superuser') AND name NOT LIKE 'transaction%' AND name NOT LIKE 'plpgsql.%'),
            'plpgsql', coalesce(pg_catalog.current_setting('plpgsql.variable_conflict', true), 'error'),
            'custom', pg_catalog.current_setting('app.tenant', true), 'hidden', pg_catalog.current_setting('hidden.setting', true),
            'role', current_user, 'session', session_user, 'path', pg_catalog.current_schemas(false)::text,
            'temporary', (SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = pg_catalog.pg_my_temp_schema()),
            'prepared', (SELECT count(*) FROM pg_catalog.pg_prepared_statements),
            'channels', (SELECT count(*) FROM pg_catalog.pg_listening_channels()))
        """
}

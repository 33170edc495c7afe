import Foundation
import Measuring
import Postgres

/// A private server with the defaults for durability, and the processes of the cases that use it.
struct BenchmarkServer {
    let url: String
    private let options: ConnectionOptions

    /// Starts a server, lends it and stops it.
    static func run(
        memory: String = "1GB",
        _ body: (BenchmarkServer) async throws -> Void
    ) async throws {
        let settings = BenchmarkHost.steady.merging(["shared_buffers": memory]) { $1 }
        try await BenchmarkHost.withServer(settings: settings) { url in
            try await body(BenchmarkServer(url: url, options: ConnectionOptions(url)))
        }
    }

    var version: String {
        get throws {
            try Connection(options).queryOne(
                "SELECT 'PostgreSQL ' || current_setting('server_version')",
                as: String.self
            )
        }
    }

    /// The same fresh table before every run: vacuumed, all of it in memory, no checkpoint due.
    func fill(_ rows: Int) throws {
        let connection = try Connection(options)
        try connection.runScript("DROP TABLE IF EXISTS item; DROP SCHEMA IF EXISTS caisson CASCADE")
        try connection.runScript(
            "CREATE TABLE item (id bigint PRIMARY KEY, a text NOT NULL, b text, n integer NOT NULL)"
        )
        try connection.execute(
            """
            INSERT INTO item
            SELECT number, 'item ' || md5(number::text), 'to be replaced', number % 1000
            FROM generate_series(1, \(rows)) AS number
            """
        )
        try connection.execute("VACUUM (FREEZE, ANALYZE) item")
        try connection.execute("CHECKPOINT")
    }

    /// Makes sure that every row was changed.
    func check(_ rows: Int, by name: String) throws {
        let done = try Connection(options).queryOne(
            "SELECT count(*) FROM item WHERE b = upper(a)",
            as: Int.self
        )
        guard done == rows else { throw BenchmarkError("\(name) changed \(done) of \(rows) rows") }
    }

    /// The CPU seconds of the sessions that have ended, on Linux: the server's first process takes them over from each.
    func cpuSecondsOfEndedSessions() throws -> Double {
        let pid = try Connection(options).queryOne(
            "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)",
            as: String.self
        )
        return CaseResult.cpuSeconds(ofChildrenOf: pid)
    }

    /// Runs a program to its end.
    static func finish(_ program: String, _ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let status: Int32 = try await withCheckedThrowingContinuation { ended in
            process.terminationHandler = { ended.resume(returning: $0.terminationStatus) }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        guard status == 0 else { throw BenchmarkError("\(program) failed") }
    }

    /// Runs a program and decodes what it prints.
    func output<Value: Decodable>(
        of program: String,
        _ arguments: [String],
        as type: Value.Type
    ) throws -> Value {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw BenchmarkError("\(program) \(arguments.joined(separator: " ")) failed")
        }
        return try JSONDecoder().decode(type, from: data)
    }
}

import Foundation
import LocalServer
import Measuring
import Postgres

/// Runs all cases in turns on a private server and prints a table of medians and ratios.
struct Suite {
    let rounds: Int
    let rows: Int

    func run() async throws {
        var configuration = PrivateServer.Configuration(
            folder: "/var/tmp/caisson-bench-\(getuid())-\(getpid())"
        )
        configuration.settings = [
            "shared_buffers": "1GB", "max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off",
        ]
        let server = PrivateServer(configuration)
        let guardian = try await Guardian(over: server)
        do {
            try await server.start()
            try await measure(server.connectionString(database: "postgres"))
            await guardian.release()
        } catch {
            await guardian.release()
            throw error
        }
    }

    private func measure(_ url: String) async throws {
        let options = try ConnectionOptions(url)
        let small = rows / 10
        print("\(rows) rows, \(rounds) rounds in turn, medians; \(try version(options))\n")
        var full: [Case: [CaseResult]] = [:]
        for round in 1...rounds {
            for measured in Case.allCases {
                full[measured, default: []].append(try run(measured, rows: rows, url, options))
                FileHandle.standardError.write(Data("round \(round): \(measured.rawValue)\n".utf8))
            }
        }
        var fewer: [Case: [CaseResult]] = [:]
        for measured in Case.allCases { fewer[measured] = [try run(measured, rows: small, url, options)] }
        report(full, fewer, small: small)
    }

    private func version(_ options: ConnectionOptions) throws -> String {
        try Connection(options).queryOne(
            "SELECT 'PostgreSQL ' || current_setting('server_version')",
            as: String.self
        )
    }

    private func run(
        _ measured: Case,
        rows: Int,
        _ url: String,
        _ options: ConnectionOptions
    ) throws -> CaseResult {
        try fill(rows, options)
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
        process.arguments = ["case", measured.rawValue, url, String(rows)]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkError("\(measured.rawValue) failed") }
        return try JSONDecoder().decode(CaseResult.self, from: data)
    }

    /// The same fresh table before every run: vacuumed, all of it in memory, no checkpoint due.
    private func fill(_ rows: Int, _ options: ConnectionOptions) throws {
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

    private func report(_ full: [Case: [CaseResult]], _ fewer: [Case: [CaseResult]], small: Int) {
        let baseline = full[.singleUpdate, default: []].medianSeconds
        let columns = ["", "seconds", "rows/s", "ratio", "peak MiB", "peak MiB at \(small) rows"]
        print(line(columns))
        for measured in Case.allCases {
            guard let results = full[measured], let others = fewer[measured] else { continue }
            let seconds = results.medianSeconds
            print(
                line([
                    measured.title, format(seconds), String(Int(Double(rows) / seconds)),
                    format(seconds / baseline),
                    format(Double(results.peakMemory) / 1_048_576),
                    format(Double(others.peakMemory) / 1_048_576),
                ])
            )
        }
    }

    private func format(_ value: Double) -> String {
        String(format: "%.2f", value)
    }

    private func line(_ columns: [String]) -> String {
        columns.enumerated().map { index, text in
            index == 0
                ? text.padding(toLength: 26, withPad: " ", startingAt: 0)
                : leftPadded(text, index == 5 ? 26 : 10)
        }.joined()
    }

    private func leftPadded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(1, width - text.count)) + text
    }
}

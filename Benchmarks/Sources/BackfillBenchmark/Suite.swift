import Foundation
import Measuring

/// Runs all cases in turns on a private server and prints a table of medians and ratios.
struct Suite {
    let rounds: Int
    let rows: Int
    /// For the comparison of the first and the last tenth; 0 leaves it out.
    let flatRows: Int
    /// For the comparison of walks by key and by place; 0 leaves it out.
    let walRows: Int
    let python: String
    /// Which of them, in the order of the table.
    var cases = Case.allCases

    private static let program = CommandLine.arguments[0]
    private static let peers = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("backfill.py").path

    func run() async throws {
        try await BenchmarkServer.run { server in
            if rounds > 0 { try compareCases(on: server) }
            if walRows > 0 { try await WalOrder(server: server, rows: walRows).run() }
        }
        guard flatRows > 0 else { return }
        // A gigabyte is full of changed pages after the first tenths, and each further page has to wait for the writing
        // of another: what is compared shall be the chunks, not the cache.
        try await BenchmarkServer.run(memory: "4GB") { try compareTenths(on: $0) }
    }

    private func compareCases(on server: BenchmarkServer) throws {
        let small = rows / 10
        print("\(rows) rows, \(rounds) rounds in turn, medians; \(try server.version)\n")
        var full: [Case: [CaseResult]] = [:]
        for round in 1...rounds {
            for measured in cases {
                full[measured, default: []].append(try run(measured, rows: rows, on: server))
                FileHandle.standardError.write(Data("round \(round): \(measured.rawValue)\n".utf8))
            }
        }
        var fewer: [Case: [CaseResult]] = [:]
        for measured in cases where measured.runner == .swift {
            fewer[measured] = [try run(measured, rows: small, on: server)]
        }
        report(full, fewer, small: small)
    }

    private func run(_ measured: Case, rows: Int, on server: BenchmarkServer) throws -> CaseResult {
        try server.fill(rows)
        let before = try server.cpuSecondsOfEndedSessions()
        let (program, arguments) =
            switch measured.runner {
            case .swift: (Self.program, ["case", measured.rawValue, server.url])
            case .python: (python, [Self.peers, measured.rawValue, server.url])
            }
        var result = try server.output(of: program, arguments, as: CaseResult.self)
        result.serverSeconds = try server.cpuSecondsOfEndedSessions() - before
        try server.check(rows, by: measured.rawValue)
        return result
    }

    private func compareTenths(on server: BenchmarkServer) throws {
        try server.fill(flatRows)
        let result = try server.output(
            of: Self.program,
            ["flatness", server.url],
            as: Flatness.Result.self
        )
        try server.check(flatRows, by: "the SQL backfill")
        print(
            "\n\(flatRows) rows in chunks of \(Flatness.chunkSize), 1 worker: mean seconds of a chunk "
                + "\(format(result.first, 4)) in the first tenth, \(format(result.last, 4)) in the last: "
                + "\(format(result.last / result.first)) times (aimed at: at most 1.15); "
                + "peak memory \(format(Double(result.peakMemory) / 1_048_576, 1)) MiB"
        )
    }

    private func report(_ full: [Case: [CaseResult]], _ fewer: [Case: [CaseResult]], small: Int) {
        print(
            "| case | seconds | then ANALYZE, verify | rows/s | ratio | aimed at | own CPU / server's | peak MiB | at \(small) rows |"
        )
        print("|---|---|---|---|---|---|---|---|---|")
        for measured in Case.allCases {
            guard let results = full[measured] else { continue }
            let seconds = results.medianSeconds
            let cells = [
                measured.title, format(seconds), closing(results), String(Int(Double(rows) / seconds)),
                ratio(of: measured, full), goal(of: measured, full),
                results.cpuShare.map { format($0) } ?? "",
                memory(results), memory(fewer[measured] ?? []),
            ]
            print("| " + cells.joined(separator: " | ") + " |")
        }
    }

    private func closing(_ results: [CaseResult]) -> String {
        results.medianClosingSeconds > 0 ? format(results.medianClosingSeconds) : ""
    }

    private func ratio(of measured: Case, _ all: [Case: [CaseResult]]) -> String {
        guard let goal = measured.goal, let own = all[measured], let other = all[goal.of] else { return "" }
        return format(own.medianSeconds / other.medianSeconds)
    }

    /// A backfill may take at most so many times another case's seconds, a peer should take at least so many.
    private func goal(of measured: Case, _ all: [Case: [CaseResult]]) -> String {
        guard let goal = measured.goal, let own = all[measured], let other = all[goal.of] else { return "" }
        let ratio = own.medianSeconds / other.medianSeconds
        let isReached = measured.runner == .swift ? ratio <= goal.times : ratio >= goal.times
        let bound = measured.runner == .swift ? "≤" : "≥"
        return "\(bound) \(format(goal.times)) of \(goal.of.title)\(isReached ? "" : "  MISSED")"
    }

    private func memory(_ results: [CaseResult]) -> String {
        results.peakMemory.map { format(Double($0) / 1_048_576, 1) } ?? ""
    }

    private func format(_ value: Double, _ digits: Int = 2) -> String {
        String(format: "%.\(digits)f", value)
    }
}

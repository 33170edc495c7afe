import Bulk
import Foundation
import TestSupport
import Testing

/// Random files of CSV, read by an import, by the server's own COPY and by Python's `csv`: all of them have to find what the file was
/// written to stand for, or to refuse it.
///
/// `FILES_ROUNDS` says how many, `FILES_SEED` which is the first; each has the next seed.
struct FileDifferential {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(.freshDatabase)
    func `an import reads what COPY and Python read, or is stricter by a rule with a name`()
        async throws
    {
        let given = Self.setting("FILES_SEED")
        let rounds = Self.setting("FILES_ROUNDS") ?? (given == nil ? 550 : 1)
        let first = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("files: \(rounds), from FILES_SEED=\(first)")
        let bench = try FileBench(try TestDatabase.current)
        var tally = FileTally()
        // Many at a time for Python's sake, and not all, for memory's.
        for start in stride(from: first, to: first + rounds, by: 600) {
            let trials = (start..<min(start + 600, first + rounds)).map { FileTrial(seed: $0) }
            try await play(trials, bench, &tally)
        }
        print(tally.description)
        // A few files say nothing about which rules are needed.
        guard rounds >= 500 else { return }
        #expect(tally.unneeded.isEmpty, "these rules were not needed: \(tally.unneeded)")
    }

    private func play(_ trials: [FileTrial], _ bench: FileBench, _ tally: inout FileTally) async throws {
        for trial in trials {
            try Data(trial.file.bytes).write(to: URL(fileURLWithPath: bench.path(trial)))
        }
        let python = PythonJudge(folder: bench.folder)
        let hasPython = try await python.read(trials) { bench.path($0) }
        for trial in trials {
            var objections = try bench.objections(to: trial, &tally)
            if hasPython, trial.file.pythonDifferences.isEmpty {
                tally.asked += 1
                objections += try python.objection(to: trial, bench.path(trial)).map { [$0] } ?? []
            }
            try FileManager.default.removeItem(atPath: bench.path(trial))
            guard !objections.isEmpty else { continue }
            Issue.record(
                "\(trial.description)\n--- expected \(trial.meaning)\n\(objections.joined(separator: "\n"))"
            )
        }
    }
}

extension FileBench {
    /// What is wrong with what was read.
    func objections(to trial: FileTrial, _ tally: inout FileTally) throws -> [String] {
        let (ours, theirs) = (try imported(trial), try copied(trial.plain, trial))
        var objections: [String] = []
        if ours != trial.meaning { objections.append("--- ours: \(ours)") }
        let isFree = trial.file.differences.contains { [.strayQuotes, .noHeader].contains($0) }
        if theirs.rows != trial.meaning.rows, !isFree || trial.way == .leavingOut {
            objections.append("--- theirs: \(theirs)")
        }
        tally.add(trial, isRefused: ours.rows == nil)
        if trial.file.differences.count == 1, let difference = trial.file.differences.first {
            let untouched = try copied(trial.file.bytes, trial)
            if untouched.rows != ours.rows { tally.needed.insert(difference) }
        }
        return objections
    }
}

/// Counts what was played.
struct FileTally {
    private var files = 0
    private var refused = 0
    private var bytes = 0
    /// Those that Python was asked about.
    var asked = 0
    private var seen: [ServerDifference: Int] = [:]
    /// The rules without which something would have been found.
    var needed: Set<ServerDifference> = []

    mutating func add(_ trial: FileTrial, isRefused: Bool) {
        files += 1
        bytes += trial.file.bytes.count
        if isRefused { refused += 1 }
        for difference in trial.file.differences { seen[difference, default: 0] += 1 }
    }

    /// Rules that nothing depends on.
    var unneeded: [ServerDifference] { ServerDifference.allCases.filter { !needed.contains($0) } }

    var description: String {
        let rules = seen.map { "\($0.key.rawValue) \($0.value)" }.sorted().joined(separator: ", ")
        return
            "files: \(files) with \(bytes) bytes, \(refused) refused, \(asked) read by Python; rules: \(rules)"
    }
}

import Bulk
import Foundation
import Postgres
import TestSupport
import Testing

/// Random files of NDJSON, read by an import and, line by line, by the server's type `json`: both have to find the same values, or to
/// refuse the same line.
///
/// `FILES_ROUNDS` says how many, `FILES_SEED` which is the first; each has the next seed.
struct LineDifferential {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(.freshDatabase) func `an import reads what the server reads, or is stricter by a rule with a name`()
        throws
    {
        let given = Self.setting("FILES_SEED")
        let rounds = Self.setting("FILES_ROUNDS") ?? (given == nil ? 500 : 1)
        let first = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("lines: \(rounds) files, from FILES_SEED=\(first)")
        let bench = try LineBench(try TestDatabase.current)
        var (refused, met) = (0, Set<LineDifference>())
        for seed in first..<first + rounds {
            let file = RandomLines(Dice(seed: seed))
            let (ours, theirs) = (try bench.imported(file), try bench.read(file))
            if ours.rows == nil { refused += 1 }
            met.formUnion(file.differences)
            guard !Self.agree(ours, theirs, file) else { continue }
            let text = String(decoding: file.bytes, as: UTF8.self).debugDescription
            Issue.record("FILES_SEED=\(seed)\n\(text)\n--- ours: \(ours)\n--- theirs: \(theirs)")
        }
        print("lines: \(rounds) files, \(refused) refused")
        #expect(rounds < 500 || met.count == LineDifference.allCases.count)
    }

    private static func agree(_ ours: FileOutcome, _ theirs: FileOutcome, _ file: RandomLines) -> Bool {
        if let difference = file.differences.first {
            guard case .refused(let problem, _) = ours, theirs.rows != nil else { return false }
            return problem == difference.problem
        }
        switch (ours, theirs) {
        case (.rows, .rows): return ours == theirs
        // A file that ends before its first object has no line to tell.
        case (.refused(_, let line), .refused(_, let other)): return line == other
        default: return false
        }
    }
}

/// Reads files of NDJSON in one database.
private final class LineBench {
    private let connection: Connection
    private let path = NSTemporaryDirectory() + "caisson-lines-\(UInt32.random(in: 0...UInt32.max)).ndjson"
    private let columns = RandomLines.columns.map { "\(identifier: $0)" as SQL }.joined(separator: ", ")

    init(_ database: TestDatabase) throws {
        connection = try database.connection()
        let columns = RandomLines.columns.map { "\(identifier: $0) text" as SQL }.joined(separator: ", ")
        try connection.execute("CREATE TABLE ours (n int GENERATED ALWAYS AS IDENTITY, \(columns))")
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func imported(_ file: RandomLines) throws -> FileOutcome {
        try Data(file.bytes).write(to: URL(fileURLWithPath: path))
        try connection.execute("DELETE FROM ours")
        var load = FileImport(.file(path), into: "ours")
        load.columns = RandomLines.columns
        do {
            _ = try load.run(on: connection)
            return .rows(try rows("SELECT \(columns) FROM ours ORDER BY n"), leftOut: nil)
        } catch ImportError.malformedJSON(_, let cause) {
            return .refused(String("\(cause.problem)".prefix { $0 != "(" }), line: cause.line)
        }
    }

    /// Has the server read the lines.
    func read(_ file: RandomLines) throws -> FileOutcome {
        var found: [FileRow] = []
        for line in file.lines {
            let digits = line.text.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
            let values = RandomLines.columns.map { "object ->> \($0)" as SQL }.joined(separator: ", ")
            do {
                found += try rows(
                    """
                    SELECT \(values)
                    FROM (SELECT convert_from(decode(\(digits), 'hex'), 'UTF8')::json) AS line (object)
                    WHERE (SELECT coalesce(bool_and(key = ANY (\(RandomLines.columns))), true)
                           FROM json_object_keys(object) AS keys (key))
                    """
                )
            } catch PostgresError.server(let refusal) {
                return .refused(refusal.message, line: line.number)
            }
            // A key that is no column would be lost; what is no object at all the server refuses to look for keys in.
            if found.count <= file.lines.firstIndex(where: { $0.number == line.number }) ?? 0 {
                return .refused("unknown key", line: line.number)
            }
        }
        return .rows(found, leftOut: nil)
    }

    private func rows(_ query: SQL) throws -> [FileRow] {
        try connection.rows(query).map { row in
            FileRow(try (0..<row.count).map { try row.value(String?.self, at: $0).map { Array($0.utf8) } })
        }
    }
}

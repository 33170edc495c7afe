import Foundation
import Imports
import Postgres
import TestSupport
import Testing

@testable import Bulk

/// Random files in the text format of COPY, read by an import and by the server's COPY: both have to find the same rows, or to refuse
/// the file.
///
/// `FILES_ROUNDS` says how many, `FILES_SEED` which is the first; each has the next seed.
struct CopyTextDifferential {
    private static func setting(_ name: String) -> UInt64? {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
    }

    @Test(.freshDatabase) func `an import reads what COPY reads, or is stricter by a rule with a name`()
        throws
    {
        let given = Self.setting("FILES_SEED")
        let rounds = Self.setting("FILES_ROUNDS") ?? (given == nil ? 600 : 1)
        let first = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("text: \(rounds) files, from FILES_SEED=\(first)")
        let bench = try CopyTextBench(try TestDatabase.current)
        var (refused, met) = (0, Set<CopyTextDifference>())
        for seed in first..<first + rounds {
            let dice = Dice(seed: seed)
            let file = RandomCopyText(dice)
            let (ours, theirs) = (try bench.imported(file, dice), try bench.copied(file))
            if ours.rows == nil { refused += 1 }
            met.formUnion(file.differences)
            var objections = CopyTextCuts(file).objections
            if !Self.agree(ours, theirs, file) { objections.append("ours: \(ours)\ntheirs: \(theirs)") }
            guard !objections.isEmpty else { continue }
            Issue.record(
                """
                FILES_SEED=\(seed) null=\(file.null.debugDescription) delimiter=\(file.delimiter) columns=\(file.columnCount) \
                header=\(file.hasHeader) \(file.differences)
                \(String(decoding: file.bytes.suffix(600), as: UTF8.self).debugDescription)
                \(objections.joined(separator: "\n"))
                """
            )
        }
        print("text: \(rounds) files, \(refused) refused")
        #expect(rounds < 500 || met.count == CopyTextDifference.allCases.count)
    }

    private static func agree(_ ours: FileOutcome, _ theirs: FileOutcome, _ file: RandomCopyText) -> Bool {
        switch (ours, theirs) {
        case (.rows, .rows): return ours == theirs && file.differences.allSatisfy { $0.problem == nil }
        case (.rows, .refused(let reason, _)):
            return file.mayHaveBlankLine && reason.contains("missing data")
        case (.refused(let problem, _), .rows):
            // A line whose end was spoiled may lie before a mark.
            return problem == CopyTextDifference.endMarkInside.rawValue
                || file.differences.contains { $0.problem == problem }
        case (.refused(let problem, let line), .refused(_, let other)):
            // The server counts rows, and looks at bytes and line ends ahead of them.
            let isComparable = ["tooFewFields", "tooManyFields"].contains(problem)
            return !isComparable || file.bytes != file.plain || line == other || file.hasLineEndsInside
        }
    }
}

extension RandomCopyText {
    fileprivate var hasLineEndsInside: Bool {
        zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "\\") && [10, 13].contains($1) }
    }

    fileprivate var load: FileImport {
        var load = FileImport(.standardInput, into: "ours_\(columnCount)")
        load.format = .text
        (load.text.delimiter, load.text.header) = (delimiter, hasHeader ? .present : .absent)
        load.null = null == "\\N" ? .emptyBareField : null.isEmpty ? .emptyField : .token(null)
        if !hasHeader { load.columns = Array(Self.columns.prefix(columnCount)) }
        return load
    }
}

/// Reads one file cut into blocks of every size, and from every place where an import may go on.
private struct CopyTextCuts {
    private enum Step: Equatable {
        case record(line: Int, [[UInt8]])
        case problem(CSVError.Problem, line: Int, column: Int)
    }

    private let bytes: [UInt8]
    private let load: FileImport
    private let columnCount: Int

    init(_ file: RandomCopyText) {
        (bytes, load, columnCount) = (file.bytes, file.load, file.columnCount)
    }

    var objections: [String] {
        // Long files are those around the end of a block, which the import itself reads.
        guard bytes.count < 4_000 else { return [] }
        do {
            let whole = try read(from: RecordPosition(), nil, block: bytes.count)
            var objections: [String] = []
            for size in [1, 2, 3, 5, 8, 13]
            where try read(from: RecordPosition(), nil, block: size).steps != whole.steps {
                objections.append("another reading in blocks of \(size)")
            }
            for (index, place) in whole.places.enumerated() {
                let rest = try read(from: place, whole.lineEnd, columns: whole.columns, block: 4)
                if rest.steps[...] != whole.steps[index...] {
                    objections.append("another rest from \(place)")
                }
            }
            return objections
        } catch {
            return ["\(error)"]
        }
    }

    private func read(
        from place: RecordPosition,
        _ lineEnd: LineEnd?,
        columns: Int? = nil,
        block: Int
    ) throws -> (steps: [Step], places: [RecordPosition], lineEnd: LineEnd?, columns: Int?) {
        var reader = try CSVReader(
            load.layout,
            at: place,
            columnCount: columns ?? columnCount,
            lineEnd: lineEnd
        )
        var (steps, places) = ([Step](), [RecordPosition]())
        func take(_ record: borrowing CSVRecord) {
            steps.append(.record(line: record.line, (0..<record.count).map { Array(record[$0].bytes) }))
            places.append(
                RecordPosition(offset: record.byteOffset, line: record.line, records: record.number - 1)
            )
        }
        var rest = bytes[place.offset...]
        var isEnd = false
        while !isEnd {
            var piece = Array(rest.prefix(max(1, block)))
            rest = rest.dropFirst(piece.count)
            isEnd = piece.isEmpty
            while true {
                do {
                    if isEnd { try reader.finish(take) } else { try reader.feed(piece, take) }
                    break
                } catch let error as CSVError {
                    steps.append(.problem(error.problem, line: error.line, column: error.column))
                    places.append(reader.position)
                    guard error.problem.allowsResynchronizing else {
                        return (steps, places, reader.lineEnd, reader.columnCount)
                    }
                    reader.skipRecord()
                    piece = []
                }
            }
        }
        return (steps, places, reader.lineEnd, reader.columnCount)
    }
}

/// Reads files of COPY's text format in one database.
private final class CopyTextBench {
    private let connection: Connection
    private let path = NSTemporaryDirectory() + "caisson-text-\(UInt32.random(in: 0...UInt32.max)).txt"

    init(_ database: TestDatabase) throws {
        connection = try database.connection()
        for count in 1...RandomCopyText.columns.count {
            let columns = RandomCopyText.columns.prefix(count).map { "\(identifier: $0) text" as SQL }
            for table in ["ours", "theirs"] {
                try connection.execute(
                    """
                    CREATE TABLE \(identifier: "\(table)_\(count)"
                    ) (n int GENERATED ALWAYS AS IDENTITY, \(columns.joined(separator: ", ")))
                    """
                )
            }
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func imported(_ file: RandomCopyText, _ dice: Dice) throws -> FileOutcome {
        try Data(file.bytes).write(to: URL(fileURLWithPath: path))
        let table = "ours_\(file.columnCount)"
        try connection.execute("DELETE FROM \(identifier: table)")
        var load = file.load
        load.source = .file(path)
        do {
            if dice.chance(50) {
                _ = try load.run(on: connection)
            } else {
                var resumable = ResumableImport(load)
                (resumable.chunkSize, resumable.start) = (1, .restart)
                _ = try resumable.run(on: connection)
            }
            return .rows(try rows(of: table, file), leftOut: nil)
        } catch ImportRunError.stopped(let cause as ImportError, _, _) {
            return try Self.refusal(cause)
        } catch let error as ImportError {
            return try Self.refusal(error)
        }
    }

    private static func refusal(_ error: ImportError) throws -> FileOutcome {
        switch error {
        case .malformed(_, let cause):
            .refused(String("\(cause.problem)".prefix { $0 != "(" }), line: cause.line)
        case .unsuitable, .empty: .refused("\(error)", line: nil)
        default: throw error
        }
    }

    func copied(_ file: RandomCopyText) throws -> FileOutcome {
        let table = "theirs_\(file.columnCount)"
        try connection.execute("DELETE FROM \(identifier: table)")
        let columns = RandomCopyText.columns.prefix(file.columnCount).map { "\(identifier: $0)" as SQL }
        let null = file.null.replacing("\\", with: "\\\\")
        let options =
            "FORMAT text, DELIMITER E'\\x\(String(file.delimiter, radix: 16))', NULL E'\(null)'"
            + (file.hasHeader ? ", HEADER MATCH" : "")
        // A rule by which the import is stricter stands in what the server gets as well.
        let isStricter = file.differences.contains { $0.problem != nil }
        let bytes = isStricter && file.differences.count == 1 ? file.bytes : file.plain
        do {
            _ = try connection.copyIn(
                "COPY \(identifier: table) (\(columns.joined(separator: ", "))) FROM STDIN WITH (\(unsafe: options))"
            ) { copy in
                bytes.withUnsafeBytes { copy.buffer.append(contentsOf: $0) }
                try copy.flushIfFull()
            }
            return .rows(try rows(of: table, file), leftOut: nil)
        } catch PostgresError.server(let refusal) {
            return .refused(refusal.message, line: CopyContext(refusal, table: table).map(\.row))
        }
    }

    private func rows(of table: String, _ file: RandomCopyText) throws -> [FileRow] {
        let columns = RandomCopyText.columns.prefix(file.columnCount).map { "\(identifier: $0)" as SQL }
        let found = try connection.rows(
            "SELECT \(columns.joined(separator: ", ")) FROM \(identifier: table) ORDER BY n"
        )
        return try found.map { row in
            FileRow(try (0..<row.count).map { try row.value(String?.self, at: $0).map { Array($0.utf8) } })
        }
    }
}

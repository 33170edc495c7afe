import Bulk
import Foundation
@testable import Imports
import Postgres
import TestSupport
import Testing

/// An import of a file that is not written as most are stops in its middle and goes on.
@Suite(.freshDatabase)
struct ResumedDialectTests {
    typealias File = ResumableImportTests.TemporaryFile

    private static let count = 60_000

    /// Lines before the header, escapes, blanks, decimal commas, letters of LATIN1, tokens, a header in capitals.
    private static func text(_ bad: String) -> [UInt8] {
        let rows = (1...count).map { number in
            let last = number == count - 10 ? bad : #" "d\"\#(number)é" "#
            return "\(number) ;\(last); 1.000,5 ; \(number % 2 == 0 ? "NA" : "-")\n"
        }
        let text = "report \"of today\n\nN ; T;Price; NOTE\n" + rows.joined()
        return text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
    }

    private static func resumable(_ file: File) -> ResumableImport {
        var resumable = ResumableImport(FileImport(.file(file.path), into: "kept"))
        resumable.chunkSize = 1
        let load = FileImport(.file(file.path), into: "kept")
        resumable.load = load
        resumable.load.csv.delimiter = UInt8(ascii: ";")
        resumable.load.csv.escape = UInt8(ascii: "\\")
        (resumable.load.csv.linesBefore, resumable.load.csv.blanks) = (2, .trimmed)
        resumable.load.csv.decimalMark = .comma
        (resumable.load.encoding, resumable.load.names) = ("LATIN1", .ignoringCase)
        resumable.load.null = .anyOf(["-", "NA"])
        return resumable
    }

    @Test(arguments: [nil, "gzip", "zstd"])
    func `it goes on with the same rules`(_ program: String?) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            "CREATE TABLE kept (n int PRIMARY KEY, t text CHECK (t <> 'bad'), price numeric, note text)"
        )
        let file = try File("", suffix: ".txt")
        func write(_ bad: String) throws {
            try file.write(Self.text(bad))
            if let program { try file.pack(by: program) }
        }
        try write("bad")
        let error = try #require(throws: ImportRunError.self) { try Self.resumable(file).run(on: connection) }
        guard case .stopped(_, let stored, let line) = error else { throw error }
        #expect(error.description.contains(", line \(Self.count - 10 + 3)"), "\(error)")
        #expect(stored > 0 && line == stored + 4)
        // The bytes before the place are the same, but for a packed file, which is another one then.
        try write("new")
        _ = try Self.resumable(file).run(on: connection)
        let good =
            "SELECT count(*) || ' ' || count(*) FILTER (WHERE t = 'd\"' || n || 'é' AND price = 1000.5 AND note IS NULL) FROM kept"
            as SQL
        #expect(try connection.queryOne(good, as: String.self) == "\(Self.count) \(Self.count - 1)")
    }

    static let changes: [@Sendable (inout FileImport) -> Void] = [
        { $0.csv.escape = nil }, { $0.csv.linesBefore = 1 }, { $0.csv.blanks = .kept },
        { $0.csv.decimalMark = .point },
        { $0.encoding = "LATIN2" }, { $0.names = .exact }, { $0.null = .anyOf(["-"]) },
    ]

    @Test(arguments: 0..<changes.count)
    func `each rule tells one import from another`(_ index: Int) throws {
        let load = Self.resumable(try File("")).load
        var other = load
        Self.changes[index](&other)
        #expect(other.fingerprint != load.fingerprint)
    }

    @Test(arguments: 0..<textChanges.count)
    func `and so does each rule of the text format`(_ index: Int) {
        var load = FileImport(.file("a.txt"), into: "kept")
        load.format = .text
        var other = load
        Self.textChanges[index](&other)
        #expect(other.fingerprint != load.fingerprint)
    }

    static let textChanges: [@Sendable (inout FileImport) -> Void] = [
        { $0.text.delimiter = UInt8(ascii: "|") }, { $0.text.header = .present },
        { $0.text.linesBefore = 1 },
        { $0.null = .emptyField }, { $0.format = .csv },
    ]

    @Test func `what was not said is not noted, so that imports which an older program began go on`() {
        var load = FileImport(.file("a.csv"), into: "kept")
        #expect(
            load.fingerprint
                == "format=csv; delimiter=44; quote=34; header=present; null=emptyBareField; on-conflict=error"
        )
        let before = load.fingerprint
        load.maximumRecordSize = 1 << 30
        #expect(load.fingerprint == before)
    }

    @Test func `a record that was too long is behind a place, and a larger limit goes on from there`() throws
    {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE kept (n int PRIMARY KEY, t text)")
        let rows = (1...Self.count).map { "\($0),a text to make it longer\n" }.joined()
        let file = try File("n,t\n" + rows + "0,\(String(repeating: "y", count: 2_000_000))\n-1,z\n")
        var resumable = ResumableImportTests.resumable(file)
        resumable.load.maximumRecordSize = 1 << 20
        let error = try #require(throws: ImportRunError.self) { try resumable.run(on: connection) }
        #expect(error.description.contains("raise the limit: --max-record-size"), "\(error)")
        resumable.load.maximumRecordSize = 2 << 20
        var isResumed = false
        _ = try resumable.run(on: connection) { if case .resumed = $0 { isResumed = true } }
        #expect(isResumed)
        let stored = "SELECT count(*) || ' ' || max(length(t)) FROM kept" as SQL
        #expect(try connection.queryOne(stored, as: String.self) == "\(Self.count + 2) 2000000")
    }
}

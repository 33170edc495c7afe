import Bulk
import Foundation
import Imports
import Postgres
import TestSupport
import Testing

/// A file is what it contains: whatever happened to it since an import, no row comes in twice and none is left out without a word.
///
/// The table has no key, so that nothing but the import itself keeps rows from coming in twice.
@Suite(.freshDatabase)
struct FileIdentityTests {
    /// A folder that is removed with this object.
    final class Folder {
        let path = NSTemporaryDirectory() + "caisson-identity-" + UUID().uuidString
        init() throws {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
        deinit { try? FileManager.default.removeItem(atPath: path) }
    }

    /// How an import before has ended.
    enum Earlier: CaseIterable {
        case completed
        /// Behind the first chunk.
        case stoppedEarly
        /// Before the last one.
        case stoppedLate

        /// The row that the table refuses.
        func badRow(of count: Int) -> Int? {
            switch self {
            case .completed: nil
            case .stoppedEarly: count * 55 / 100
            case .stoppedLate: count * 98 / 100
            }
        }
    }

    /// How the file is stored.
    enum Storage: String, CaseIterable {
        case plain = ".csv"
        case packed = ".csv.gz"

        /// How many rows make a few chunks. A chunk takes a block at least: of a file 256 KiB, of a pipe from the program
        /// that unpacks it 64.
        var rows: Int { self == .plain ? 1_000 : 300 }
    }

    /// Where in the file something has changed.
    enum Place: CaseIterable {
        case first, middle, last

        func row(of count: Int) -> Int {
            switch self {
            case .first: 7
            case .middle: count / 2
            case .last: count - 1
            }
        }
    }

    /// What happened to it since.
    enum Change: Hashable {
        case none
        /// A row is a longer one.
        case edited(Place)
        /// A row is another one of the same length, as the file is.
        case exchanged(Place)
        /// A row is gone, and those behind it.
        case cut(Place)
        /// A row is there twice.
        case repeated(Place)
        case rowsAppended, lastRowLonger, lastLineEnded, emptied, renamed, storedOtherwise

        static let all: [Change] =
            [
                .none, .rowsAppended, .lastRowLonger, .lastLineEnded, .emptied, .renamed, .storedOtherwise,
                .repeated(.middle),
            ]
            + Place.allCases.flatMap { [.edited($0), .exchanged($0), .cut($0)] }

        /// The rows as they are now.
        func apply(to rows: [String]) -> [String] {
            var rows = rows
            let count = rows.count
            switch self {
            case .none, .renamed, .storedOtherwise, .lastLineEnded: break
            case .edited(let place): rows[place.row(of: count) - 1] += " or not"
            case .exchanged(let place):
                rows[place.row(of: count) - 1] = rows[place.row(of: count) - 1].replacing(
                    "some",
                    with: "SOME"
                )
            case .cut(let place): rows.removeLast(rows.count - place.row(of: count) + 1)
            case .repeated(let place): rows.insert(rows[place.row(of: count) - 1], at: place.row(of: count))
            case .rowsAppended: rows += ["\(rows.count + 1),new", "\(rows.count + 2),newer"]
            case .lastRowLonger: rows[rows.count - 1] += "er"
            case .emptied: rows = []
            }
            return rows
        }

        var isInTheMiddle: Bool {
            switch self {
            case .edited(.middle), .exchanged(.middle), .cut(.middle), .repeated(.middle): true
            default: false
            }
        }

        /// The rows in front that are as they were.
        func untouched(of count: Int) -> Int {
            switch self {
            case .none, .renamed, .storedOtherwise, .lastLineEnded, .rowsAppended: count
            case .edited(let place), .exchanged(let place), .cut(let place): place.row(of: count) - 1
            case .repeated(let place): place.row(of: count)
            case .lastRowLonger: count - 1
            case .emptied: 0
            }
        }
    }

    /// How a run over the changed file ends.
    enum End: Equatable {
        case imported, nothing, edited, grown, other, changed

        init(_ run: () throws -> ResumableImport.End) throws {
            do {
                switch try run() {
                case .imported: self = .imported
                case .alreadyImported: self = .nothing
                }
            } catch let error as ImportRunError {
                switch error {
                case .fileEdited: self = .edited
                case .fileGrown: self = .grown
                case .importedAs: self = .other
                case .fileChanged: self = .changed
                default: throw error
                }
            }
        }
    }

    private static let rows = Storage.plain.rows

    /// Few and long, because what a test does with each of them takes longer than the import.
    private static let good = (1...rows).map { row in
        "\(row),some text " + String(repeating: "that makes \(row * 977 % 7919) long ", count: 27)
    }

    private static func rows(_ count: Int = rows, bad: Int? = nil) -> [String] {
        var rows = Array(good.prefix(count))
        if let bad { rows[bad - 1] = "\(bad),bad" }
        return rows
    }

    private static func text(_ rows: [String]) -> String { "n,t\n" + rows.joined(separator: "\n") }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        if path.hasSuffix(".gz") { try packed(text).write(to: URL(fileURLWithPath: path)) }
    }

    private static func packed(_ text: String) throws -> Data {
        let plain = NSTemporaryDirectory() + "caisson-identity-" + UUID().uuidString
        try Data(text.utf8).write(to: URL(fileURLWithPath: plain))
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-nf", plain]
        try gzip.run()
        gzip.waitUntilExit()
        defer { try? FileManager.default.removeItem(atPath: plain + ".gz") }
        return try Data(contentsOf: URL(fileURLWithPath: plain + ".gz"))
    }

    private static func resumable(_ path: String, _ start: ResumableImport.Start = .resume) -> ResumableImport
    {
        var resumable = ResumableImport(FileImport(.file(path), into: "loose"))
        (resumable.chunkSize, resumable.start) = (1, start)
        return resumable
    }

    private static func stored(_ connection: Connection) throws -> [String] {
        try connection.query("SELECT n || ',' || t FROM loose ORDER BY n, t", as: String.self)
    }

    /// As the table gives them.
    private static func sorted(_ rows: [String]) -> [String] {
        rows.map { (Int($0.prefix { $0 != "," }) ?? 0, $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// - Parameter stored: how many rows the import before has stored.
    private static func expected(_ earlier: Earlier, _ change: Change, stored: Int, of count: Int) -> End {
        switch (change, earlier) {
        case (.renamed, _), (.storedOtherwise, _): .other
        case (.none, .completed), (.lastLineEnded, .completed): .nothing
        case (.rowsAppended, .completed): .grown
        case (_, .completed): .edited
        default: change.untouched(of: count) >= stored ? .imported : .changed
        }
    }

    /// Each change by every way to store the file, behind every end of the import before.
    @Test(arguments: Storage.allCases, Change.all)
    func `every change of a file has an outcome of its own`(_ storage: Storage, _ change: Change) throws {
        // Behind the first chunk or before the last one is the same but for what lies between.
        let all = Earlier.allCases.filter { $0 != .stoppedEarly || change.isInTheMiddle }
        for earlier in all { try check(earlier, storage, change) }
    }

    private func check(_ earlier: Earlier, _ storage: Storage, _ change: Change) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            """
            DROP TABLE IF EXISTS loose;
            CREATE TABLE loose (n int, t text CHECK (t <> 'bad'))
            """
        )
        let (folder, count) = (try Folder(), storage.rows)
        var path = folder.path + "/rows" + storage.rawValue
        try Self.write(Self.text(Self.rows(count, bad: earlier.badRow(of: count))), to: path)
        if earlier == .completed {
            _ = try Self.resumable(path).run(on: connection)
        } else {
            _ = try #require(throws: ImportRunError.self) { try Self.resumable(path).run(on: connection) }
        }
        let before = try Self.stored(connection)
        #expect(before == Array(Self.rows(count).prefix(before.count)))
        let upTo = earlier.badRow(of: count).map { 1..<$0 } ?? count..<count + 1
        try #require(upTo.contains(before.count), "\(earlier) \(storage): \(before.count) rows")

        let rows = change.apply(to: Self.rows(count))
        if change == .renamed { path = folder.path + "/other" + storage.rawValue }
        if change == .storedOtherwise {
            path = folder.path + "/rows" + (storage == .plain ? Storage.packed : .plain).rawValue
        }
        try Self.write(Self.text(rows) + (change == .lastLineEnded ? "\n" : ""), to: path)
        let end = try End { try Self.resumable(path).run(on: connection) }
        let name: Comment = "\(earlier) \(storage) \(change)"
        #expect(end == Self.expected(earlier, change, stored: before.count, of: count), name)
        #expect(try Self.stored(connection) == (end == .imported ? Self.sorted(rows) : before), name)

        // What `--continue` takes for stored is, and the rest comes in once.
        if [.grown, .other].contains(end) {
            _ = try Self.resumable(path, .continue).run(on: connection)
            #expect(try Self.stored(connection) == Self.sorted(rows), name)
        }
        guard [.imported, .grown, .other].contains(end) else { return }
        // All of it belongs to the file of the other name, as it did.
        let again: End = end == .other && earlier == .completed ? .other : .nothing
        #expect(try End { try Self.resumable(path).run(on: connection) } == again, name)
        #expect(try Self.stored(connection).count == rows.count, name)
    }

    @Test func `a file that is edited is imported again where a key settles its rows`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE loose (n int PRIMARY KEY, t text)")
        let folder = try Folder()
        let path = folder.path + "/a.csv"
        try Self.write("n,t\n1,a\n2,b\n", to: path)
        var load = Self.resumable(path)
        load.load.onConflict = .update(key: nil)
        _ = try load.run(on: connection)
        try Self.write("n,t\n1,a\n2,c\n", to: path)
        #expect(try End { try load.run(on: connection) } == .imported)
        #expect(try Self.stored(connection) == ["1,a", "2,c"])
        try Self.write("n,t\n1,a\n2,c\n3,d\n", to: path)
        #expect(try End { try load.run(on: connection) } == .imported)
        #expect(try Self.stored(connection) == ["1,a", "2,c", "3,d"])
    }

    // MARK: While it is read

    /// What happens to a file behind the first chunk of its import.
    enum Meanwhile: CaseIterable {
        /// Rows are written to its end.
        case grown
        /// Another one has its name.
        case replaced
        /// Other rows are written over its own; it stays as long as it is.
        case overwritten
        /// Its end is gone.
        case cut

        /// Whether the file that is open is another one then.
        var isTold: Bool { self != .replaced }
    }

    @Test(arguments: Storage.allCases, Meanwhile.allCases)
    func `a file that changes while it is read is known by what was read of it`(
        _ storage: Storage,
        _ change: Meanwhile
    ) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE loose (n int, t text)")
        let folder = try Folder()
        let path = folder.path + "/a" + storage.rawValue
        try Self.write(Self.text(Self.rows()) + "\n", to: path)
        var (told, isDone) = (false, false)
        let end = try End {
            try Self.resumable(path).run(on: connection) { event in
                if case .changedWhileRead = event { told = true }
                guard case .stored = event, !isDone else { return }
                isDone = true
                #expect(throws: Never.self) { try Self.change(path, change) }
            }
        }
        #expect(end == .imported && told == change.isTold && isDone)
        // All of a packed file was with the program that unpacks it by then.
        let rows = storage == .packed ? Self.rows() : try Self.rows(after: change, path)
        let stored = try Self.stored(connection)
        if storage == .plain, change == .overwritten {
            #expect(stored.count == Self.rows && stored.first == rows.first?.replacing("SOME", with: "some"))
            #expect(stored.last == rows.last)
        } else {
            #expect(stored == rows)
        }
        guard storage == .plain || change != .cut else { return }
        let again = try End { try Self.resumable(path).run(on: connection) }
        #expect(again == Self.expectedAgain(storage, change))
        #expect(try Self.stored(connection) == stored)
    }

    private static func change(_ path: String, _ change: Meanwhile) throws {
        let isPacked = path.hasSuffix(".gz")
        let others = text(rows().map { $0.replacing("some", with: "SOME") }) + "\n"
        let url = URL(fileURLWithPath: path)
        let file = try FileHandle(forUpdating: url)
        defer { try? file.close() }
        switch change {
        case .grown:
            try file.seekToEnd()
            try file.write(contentsOf: isPacked ? packed("9001,late\n") : Data("9001,late\n".utf8))
        case .replaced: try (isPacked ? packed(others) : Data(others.utf8)).write(to: url, options: .atomic)
        case .overwritten: try file.write(contentsOf: isPacked ? packed(others) : Data(others.utf8))
        case .cut: try file.truncate(atOffset: file.seekToEnd() * 3 / 4)
        }
    }

    /// The rows that the open file has in the end.
    private static func rows(after change: Meanwhile, _ path: String) throws -> [String] {
        if change == .replaced { return rows() }
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        return text.split(separator: "\n").dropFirst().map(String.init)
    }

    private static func expectedAgain(_ storage: Storage, _ change: Meanwhile) -> End {
        switch (change, storage) {
        case (.replaced, _), (.overwritten, _): .edited
        case (.grown, .packed): .grown
        case (.grown, .plain), (.cut, _): .nothing
        }
    }
}

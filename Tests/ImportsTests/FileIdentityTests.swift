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
        case completed, stopped
    }

    /// How the file is stored.
    enum Storage: String, CaseIterable {
        case plain = ".csv"
        case packed = ".csv.gz"
    }

    /// What happened to it since.
    enum Change: CaseIterable {
        case none, editedBefore, editedBehind, rowsAppended, lastRowLonger, cut, emptied, renamed,
            storedOtherwise

        /// The rows as they are now.
        func apply(to text: String) -> String {
            switch self {
            case .none, .renamed, .storedOtherwise: text
            case .editedBefore: text.replacing("\n7,some", with: "\n7,SOME")
            case .editedBehind: text.replacing("\n8999,some", with: "\n8999,SOME")
            case .rowsAppended: text + "\n9001,new\n9002,newer"
            case .lastRowLonger: text + "er\n9001,new"
            case .cut: text.split(separator: "\n").prefix(5_000).joined(separator: "\n")
            case .emptied: "n,t\n"
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

    private static let rows = 9_000

    private static func text(bad: Int?) -> String {
        "n,t\n"
            + (1...rows).map { $0 == bad ? "\($0),bad" : "\($0),some text that makes it long" }.joined(
                separator: "\n"
            )
    }

    private static func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        guard path.hasSuffix(".gz") else { return }
        let plain = String(path.dropLast(3))
        try Data(text.utf8).write(to: URL(fileURLWithPath: plain))
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-nf", plain]
        try gzip.run()
        gzip.waitUntilExit()
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

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").dropFirst().map(String.init)
            .sorted { (Int($0.prefix { $0 != "," }) ?? 0) < (Int($1.prefix { $0 != "," }) ?? 0) }
    }

    private static func expected(_ earlier: Earlier, _ change: Change) -> End {
        switch (change, earlier) {
        case (.none, .completed): .nothing
        case (.rowsAppended, .completed): .grown
        case (.renamed, _), (.storedOtherwise, _): .other
        case (_, .completed): .edited
        case (.none, .stopped), (.rowsAppended, .stopped), (.editedBehind, .stopped),
            (.lastRowLonger, .stopped):
            .imported
        case (_, .stopped): .changed
        }
    }

    @Test(arguments: Earlier.allCases, Storage.allCases)
    func `every change of a file has an outcome of its own`(_ earlier: Earlier, _ storage: Storage) throws {
        for change in Change.allCases { try check(earlier, storage, change) }
    }

    private func check(_ earlier: Earlier, _ storage: Storage, _ change: Change) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript(
            "DROP TABLE IF EXISTS loose; CREATE TABLE loose (n int, t text CHECK (t <> 'bad'))"
        )
        let folder = try Folder()
        var path = folder.path + "/rows" + storage.rawValue
        try Self.write(Self.text(bad: earlier == .stopped ? 8_800 : nil), to: path)
        if earlier == .completed {
            _ = try Self.resumable(path).run(on: connection)
        } else {
            _ = try #require(throws: ImportRunError.self) { try Self.resumable(path).run(on: connection) }
        }
        let before = try Self.stored(connection)
        #expect(earlier == .completed ? before.count == Self.rows : (1..<8_800).contains(before.count))

        let text = change.apply(to: Self.text(bad: nil))
        if change == .renamed { path = folder.path + "/other" + storage.rawValue }
        if change == .storedOtherwise {
            path = folder.path + "/rows" + (storage == .plain ? Storage.packed : .plain).rawValue
        }
        try Self.write(text, to: path)
        let end = try End { try Self.resumable(path).run(on: connection) }
        #expect(end == Self.expected(earlier, change), "\(earlier) \(storage) \(change)")
        #expect(try Self.stored(connection) == (end == .imported ? Self.lines(text) : before), "\(change)")

        // What `--continue` takes for stored is, and the rest comes in once.
        if [.grown, .other].contains(end) {
            _ = try Self.resumable(path, .continue).run(on: connection)
            #expect(try Self.stored(connection) == Self.lines(text), "\(earlier) \(storage) \(change)")
            #expect(try End { try Self.resumable(path).run(on: connection) } != .imported)
            #expect(try Self.stored(connection) == Self.lines(text))
        }
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

    @Test func `a file that grows while it is read is known by what was read of it`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE loose (n int, t text)")
        let folder = try Folder()
        let path = folder.path + "/a.csv"
        try Self.write(Self.text(bad: nil) + "\n", to: path)
        var told = false
        let end = try End {
            try Self.resumable(path).run(on: connection) { event in
                if case .started = event, let file = FileHandle(forWritingAtPath: path) {
                    _ = try? file.seekToEnd()
                    try? file.write(contentsOf: Data("9001,late\n".utf8))
                    try? file.close()
                }
                if case .changedWhileRead = event { told = true }
            }
        }
        #expect(end == .imported && told)
        #expect(try Self.stored(connection).count == Self.rows + 1)
        #expect(try End { try Self.resumable(path).run(on: connection) } == .nothing)
    }
}

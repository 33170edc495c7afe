import Bulk
import Foundation
import Imports
import Postgres
import TestSupport
import Testing

/// Files that begin in another way than most.
@Suite(.freshDatabase)
struct FirstRecordTests {
    typealias File = ResumableImportTests.TemporaryFile

    /// More than two blocks, and many times the smallest chunk.
    private static let long = String(repeating: "y", count: 600_000)

    static let beginnings = [
        (
            ".ndjson", "{\"id\":1,\"s\":\"\(long)\"}\n{\"id\":2}\n", FileImport.Format.ndjson,
            CSVFormat.Header.present
        ),
        (".csv", "1,\(long)\n2,z\n", .csv, .absent),
        (".csv", "id,s\n1,\"\(long)\n\"\n2,z\n", .csv, .present),
        (".csv", "id,s,\(long)\n1,a,\n2,b,\n", .csv, .present),
        (".csv", "\u{FEFF}\n\nid,s\n1,\(long)\n2,z\n", .csv, .present),
        (".csv", String(repeating: "\n", count: 700_000) + "id,s\n1,a\n2,z\n", .csv, .present),
    ]

    private func load(
        _ file: File,
        _ beginning: (String, String, FileImport.Format, CSVFormat.Header)
    ) -> ResumableImport {
        var resumable = ResumableImport(FileImport(.file(file.path), into: "kept"))
        resumable.chunkSize = 1
        resumable.load.format = beginning.2
        resumable.load.csv.header = beginning.3
        resumable.load.ignored = beginning.1.hasPrefix("id,s,") ? [Self.long] : []
        return resumable
    }

    @Test(arguments: 0..<beginnings.count, ["file", "packed", "pipe"])
    func `a beginning longer than a chunk is imported`(_ index: Int, _ way: String) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE kept (id int PRIMARY KEY, s text)")
        let beginning = Self.beginnings[index]
        let file = try File(beginning.1, suffix: beginning.0)
        if way == "packed" { try file.pack() }
        var resumable = load(file, beginning)
        let pipe = Pipe()
        if way == "pipe" {
            let bytes = Data(beginning.1.utf8)
            Thread.detachNewThread {
                try? pipe.fileHandleForWriting.write(contentsOf: bytes)
                try? pipe.fileHandleForWriting.close()
            }
            resumable.load.source = .file("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)")
        }
        _ = try ResumableImportTests.imported(resumable.run(on: connection))
        let rows = try connection.queryOne("SELECT count(*) || ' ' || sum(id) FROM kept", as: String.self)
        #expect(rows == "2 3")
    }

    @Test(arguments: [
        ("\nx\n\ny\n", CSVFormat.Header.absent, "4 2 1"), ("\n\n\n", .absent, "3 3 0"),
        ("", .absent, "0 0 0"),
        ("\u{FEFF}\r\nx\r\n", .absent, "2 1 1"), ("\n\nt\n\nx\n", .present, "2 1 1"),
        ("x\n\n", .absent, "2 1 1"),
    ])
    func `an empty line of a file with one column is a row, the first ones as well`(
        _ text: String,
        _ header: CSVFormat.Header,
        _ stored: String
    ) throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE kept (t text)")
        let file = try File(text)
        var resumable = ResumableImport(FileImport(.file(file.path), into: "kept"))
        resumable.load.csv.header = header
        let counts =
            "SELECT count(*) || ' ' || count(*) FILTER (WHERE t IS NULL) || ' ' || count(*) FILTER (WHERE t = 'x') FROM kept"
            as SQL
        _ = try resumable.run(on: connection)
        #expect(try connection.queryOne(counts, as: String.self) == stored)
        try connection.execute("TRUNCATE kept")
        _ = try resumable.load.run(on: connection)
        #expect(try connection.queryOne(counts, as: String.self) == stored)
    }

    @Test func `empty lines are skipped where the table has more columns`() throws {
        let connection = try TestDatabase.current.connection()
        try connection.runScript("CREATE TABLE kept (id int, t text)")
        for (text, rows) in [("\n\n", 0), ("\n\n1,a\n\n", 1)] {
            let file = try File(text)
            var load = FileImport(.file(file.path), into: "kept")
            load.csv.header = .absent
            #expect(try load.run(on: connection).rowsStored == rows)
        }
    }
}

extension ResumableImportTests.TemporaryFile {
    /// Packs the file in its place.
    func pack(by program: String = "gzip") throws {
        let (process, output) = (Process(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program, "-c", path]
        process.standardOutput = output
        try process.run()
        try write(Array(output.fileHandleForReading.readDataToEndOfFile()))
    }
}

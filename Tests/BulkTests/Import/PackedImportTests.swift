import Foundation
import Postgres
import TestSupport
import Testing

@testable import Bulk

@Suite(.freshDatabase)
struct PackedImportTests {
    /// Packs bytes with the program that everybody uses.
    func packed(_ bytes: [UInt8]) throws -> [UInt8] {
        try withFile(bytes) { source in
            guard case .file(let path) = source else { return [] }
            let (process, output) = (Process(), Pipe())
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = ["gzip", "-c", path]
            process.standardOutput = output
            try process.run()
            return Array(output.fileHandleForReading.readDataToEndOfFile())
        }
    }

    static let rows = 30_000
    static let text = "n,t\n" + (1...rows).map { "\($0),text \($0 &* 2_654_435_761 % 1_000_003)\n" }.joined()

    @Test func `a packed file is recognised by its first bytes and counted by its packed ones`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let bytes = try packed(Array(Self.text.utf8))
        var last: ImportProgress?
        let result = try withFile(bytes) { source in
            try FileImport(source, into: "kept").run(on: connection) { event in
                if case .progress(let progress) = event { last = progress }
            }
        }
        #expect(last?.totalBytes == bytes.count && last?.bytes == bytes.count)
        #expect(result.bytes == Self.text.utf8.count && result.rowsStored == Self.rows)
        #expect(try connection.lines("SELECT count(*), sum(n) FROM kept") == ["30000|450015000"])
    }

    @Test func `a packed pipe is unpacked as well`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let bytes = try packed(Array(Self.text.utf8))
        let pipe = Pipe()
        Thread.detachNewThread {
            try? pipe.fileHandleForWriting.write(contentsOf: bytes)
            try? pipe.fileHandleForWriting.close()
        }
        let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
        let result = try FileImport(.file(path), into: "kept").run(on: connection)
        #expect(result.rowsStored == Self.rows)
    }

    @Test func `a packed file that was cut off stores nothing and says so`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let bytes = try packed(Array(Self.text.utf8)).dropLast(1000)
        let error = try #require(throws: ImportError.self) { try connection.load(Array(bytes), into: "kept") }
        #expect(error.description.contains("cannot be unpacked (gzip: "), "\(error)")
        #expect(error.description.hasSuffix("Nothing was stored. Fetch the file again, or pack it again."))
        #expect(try connection.lines("SELECT count(*) FROM kept") == ["0"])
    }

    @Test func `an error in a packed file ends the program that unpacks it`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let bytes = try packed(Array(("n,t\nx,y\n" + Self.text).utf8))
        let error = try #require(throws: ImportError.self) { try connection.load(bytes, into: "kept") }
        guard case .refused(_, _, let place) = error else { throw error }
        #expect(place?.line == 2)
    }

    @Test(arguments: [("pad\n", true), (String(repeating: "\0", count: 512), false)])
    func `bytes behind a packed file are told, padding is not, and all rows are stored`(
        _ behind: String,
        _ isTold: Bool
    ) throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        for text in ["n,t\n1,a\n", Self.text] {
            let bytes = try packed(Array(text.utf8)) + Array(behind.utf8)
            var warnings: [String] = []
            _ = try withFile(bytes) { source in
                try FileImport(source, into: "kept").run(on: connection) { event in
                    if case .warning(let words) = event { warnings.append(words) }
                }
            }
            #expect(
                warnings.count == (isTold ? 1 : 0) && warnings.allSatisfy { $0.contains("trailing garbage") }
            )
        }
        #expect(try connection.lines("SELECT count(*) FROM kept") == ["\(Self.rows + 1)"])
    }

    @Test func `a second member that is cut off is an error, one that is whole is read`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let (first, second) = (try packed(Array("n,t\n1,a\n".utf8)), try packed(Array("2,b\n".utf8)))
        #expect(throws: ImportError.self) { try connection.load(first + second.dropLast(9), into: "kept") }
        #expect(try connection.lines("SELECT count(*) FROM kept") == ["0"])
        try connection.load(first + second, into: "kept")
        #expect(try connection.lines("SELECT count(*) FROM kept") == ["2"])
    }
}

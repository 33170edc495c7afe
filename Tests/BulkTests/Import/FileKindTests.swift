import Foundation
import Postgres
import TestSupport
import Testing

@testable import Bulk

/// What the first bytes of a file tell, and what it is written in.
@Suite(.freshDatabase)
struct FileKindTests {
    private static func zip(_ name: String) -> [UInt8] {
        [0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 26) + Array(name.utf8) + [0, 1, 2]
    }

    private static let tar = Array("a.csv".utf8) + [UInt8](repeating: 0, count: 252) + Array("ustar\0".utf8)

    @Test(
        arguments: [
            (zip("[Content_Types].xml"), .spreadsheet), (zip("mimetype"), .spreadsheet), (zip("a.csv"), .zip),
            ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0], .spreadsheet), (tar, .tar),
            (Array("PAR1".utf8) + [0x15, 0], .parquet), (Array("SQLite format 3\0".utf8), .sqlite),
            (Array("PGDMP".utf8) + [1, 14], .dump), (Array("%PDF-1.7\n".utf8), .pdf),
            (Array("<html><table>\n".utf8), .markup), (Array("<?xml version=\"1.0\"?>\n".utf8), .markup),
        ] as [([UInt8], ForeignFile)]
    )
    func `a file that is no CSV is told what it is`(_ bytes: [UInt8], _ kind: ForeignFile) throws {
        let connection = try connection(running: "CREATE TABLE kept (t text)")
        let error = try #require(throws: ImportError.self) { try connection.load(bytes, into: "kept") }
        guard case .foreign(_, let found) = error else { throw error }
        #expect(found == kind && error.description.hasSuffix(kind.advice))
    }

    @Test(arguments: ["<html>x</html>\n", "BZh\n", "PK\n", "PAR1\n", "ORC\n", "Obj\n", "Rar!\n", "(\n"])
    func `a text that begins like something else is read`(_ text: String) throws {
        let connection = try connection(running: "CREATE TABLE kept (t text)")
        try connection.load(text, into: "kept") { $0.csv.header = .absent }
        #expect(try connection.lines("SELECT t FROM kept") == [String(text.dropLast())])
    }

    static let text = "n,t\n" + (1...40_000).map { "\($0),é \($0) ü\n" }.joined()

    /// Runs a program over bytes.
    static func bytes(_ program: String, _ arguments: [String], _ bytes: [UInt8]) throws -> [UInt8] {
        try withFile(bytes) { source in
            guard case .file(let path) = source else { return [] }
            let (process, output) = (Process(), Pipe())
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = [program] + arguments + [path]
            process.standardOutput = output
            try process.run()
            return Array(output.fileHandleForReading.readDataToEndOfFile())
        }
    }

    @Test(arguments: PackingProgram.allCases)
    func `a packed file is unpacked by its program, and one that is cut off is an error`(
        _ program: PackingProgram
    ) throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let packed = try Self.bytes(program.rawValue, ["-c"], Array(Self.text.utf8))
        let error = try #require(throws: ImportError.self) {
            try connection.load(Array(packed.dropLast(40)), into: "kept")
        }
        guard case .damaged = error else { throw error }
        try connection.load(packed, into: "kept")
        #expect(try connection.lines("SELECT count(*), sum(n) FROM kept") == ["40000|800020000"])
    }

    @Test(arguments: ["a.csv.zst", "A.CSV", "a.NDJSON.GZ", "a.jsonl.xz", "a.ndjson.bz2", "gz"])
    func `the name of a packed file tells what it holds`(_ name: String) {
        let isJSON = name.lowercased().contains("json")
        #expect(FileImport(.file(name), into: "t").format == (isJSON ? .ndjson : .csv))
    }

    @Test(arguments: [
        ("LATIN1", "ISO-8859-1"), ("WIN1252", "CP1252"), ("utf-16", "UTF-16"), ("UTF-16LE", "UTF-16LE"),
        ("UTF-8", "UTF-8"), ("UTF8", "UTF-8"), ("gb18030", "GB18030"), ("WIN1258", "CP1258"),
        ("UTF-7", "UTF-7"),
    ])
    func `a file in another encoding is converted on the way, packed or through a pipe as well`(
        _ name: String,
        _ program: String
    ) throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        // The last letter is one that iconv keeps back for what might be put on top of it.
        let text = Array((Self.text + "0,e").utf8)
        let encoded = try Self.bytes("iconv", ["-f", "UTF-8", "-t", program], text)
        let packed = try Self.bytes("gzip", ["-c"], encoded)
        for bytes in [encoded, packed] {
            try connection.execute("TRUNCATE kept")
            let result = try connection.load(bytes, into: "kept") { $0.encoding = name }
            #expect(result.bytes == text.count)
            let good =
                "SELECT count(*), count(*) FILTER (WHERE t = 'é ' || n || ' ü'), max(t) FILTER (WHERE n = 0) FROM kept"
                as SQL
            #expect(try connection.lines(good) == ["40001|40000|e"])
        }
        let pipe = Pipe()
        Thread.detachNewThread {
            // In pieces that end inside of characters.
            for start in stride(from: 0, to: packed.count, by: 1001) {
                try? pipe.fileHandleForWriting.write(
                    contentsOf: packed[start..<min(start + 1001, packed.count)]
                )
            }
            try? pipe.fileHandleForWriting.close()
        }
        var load = FileImport(.file("/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"), into: "kept")
        load.encoding = name
        #expect(try load.run(on: connection).rowsStored == 40_001)
    }

    @Test(
        arguments: [
            (
                "SJIS", [0x6E, 0x0A, 0x61, 0x0A, 0x80, 0xFF, 0x0A],
                "line 3: the bytes 0x80 0xFF 0xA mean nothing in it"
            ),
            ("UTF-16LE", [0x6E, 0, 0x0A, 0, 0x61], "line 2: the bytes 0x61 mean nothing in it"),
            ("LATIN99", [0x6E, 0x0A], "iconv does not know this encoding"),
            ("LATIN1//IGNORE", [0x6E, 0x0A], "no name of an encoding"),
        ] as [(String, [UInt8], String)]
    )
    func `bytes that mean nothing are told with their line`(
        _ name: String,
        _ bytes: [UInt8],
        _ words: String
    ) throws {
        let connection = try connection(running: "CREATE TABLE kept (n text)")
        let error = try #require(throws: ImportError.self) {
            try connection.load(bytes, into: "kept") { $0.encoding = name }
        }
        #expect(error.description.contains(words) && error.description.contains("--encoding"), "\(error)")
        #expect(try connection.lines("SELECT count(*) FROM kept") == ["0"])
    }

    @Test(arguments: [FileImport.Format.csv, .ndjson])
    func `a file that begins with the mark of UTF-16 is told to be that`(_ format: FileImport.Format) throws {
        let connection = try connection(running: "CREATE TABLE kept (n text)")
        let error = try #require(throws: ImportError.self) {
            try connection.load([0xFF, 0xFE, 0x6E, 0, 0x0A, 0], into: "kept") { $0.format = format }
        }
        #expect(error.description.contains("--encoding UTF-16\n"), "\(error)")
    }

    @Test func `a mark that comes byte by byte is recognised`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let packed = try Self.bytes("gzip", ["-c"], Array("n,t\n1,a\n".utf8))
        let pipe = Pipe()
        Thread.detachNewThread {
            for byte in packed {
                try? pipe.fileHandleForWriting.write(contentsOf: [byte])
                // The reader takes what is there: one byte, unless the next one is.
                Thread.sleep(forTimeInterval: 0.002)
            }
            try? pipe.fileHandleForWriting.close()
        }
        let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
        #expect(try FileImport(.file(path), into: "kept").run(on: connection).rowsStored == 1)
    }
}

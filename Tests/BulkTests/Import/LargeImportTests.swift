import Foundation
import Postgres
import TestSupport
import Testing

@testable import Bulk

@Suite(.freshDatabase)
struct LargeImportTests {
    @Test func `a pipe is read to its end`() throws {
        let connection = try connection(running: "CREATE TABLE kept (n int, t text)")
        let pipe = Pipe()
        let writer = Thread {
            for block in 0..<100 {
                let text = (0..<1000).map { "\(block * 1000 + $0),\"é\n\"\n" }.joined()
                pipe.fileHandleForWriting.write(Data((block == 0 ? "n,t\n" + text : text).utf8))
            }
            try? pipe.fileHandleForWriting.close()
        }
        writer.start()
        let path = "/dev/fd/\(pipe.fileHandleForReading.fileDescriptor)"
        var totals: Set<Int?> = []
        let result = try FileImport(.file(path), into: "kept").run(on: connection) { event in
            if case .progress(let progress) = event { totals.insert(progress.totalBytes) }
        }
        #expect(totals == [nil])
        #expect(result.rowsStored == 100_000)
        #expect(try connection.lines("SELECT sum(n), count(*) FROM kept") == ["4999950000|100000"])
    }

    @Test func `memory does not grow with the file`() throws {
        let line = Array("123456,\"some, quoted \"\"text\"\"\nof two lines\",and some more of it,0.5\n".utf8)
        let block = Array(repeatElement(line, count: 1000).joined())
        var reader = try CSVReader()
        var (records, capacities) = (0, Set<Int>())
        for _ in 0..<1000 {
            try reader.feed(block) { _ in records += 1 }
            capacities.insert(reader.bufferCapacity)
        }
        try reader.finish { _ in records += 1 }
        #expect(records == 1_000_000)
        #expect(capacities.count == 1 && reader.bufferCapacity <= 2 * block.count)
    }
}

import Digests
import Testing

@testable import Bulk

@Suite struct ImportChunkTests {
    @Test(
        arguments: [
            (0..<8, nil, [0..<4, 4..<8]), (3..<5, nil, [3..<4, 4..<5]),
            (0..<8, 2, [0..<2, 2..<3, 3..<5, 5..<8]),
            (0..<8, 0, [0..<1, 1..<4, 4..<8]), (0..<8, 7, [0..<7, 7..<8]), (4..<6, 5, [4..<5, 5..<6]),
        ] as [(Range<Int>, Int?, [Range<Int>])]
    )
    func `a refused part is cut into smaller ones that cover it`(
        _ range: Range<Int>,
        _ named: Int?,
        _ parts: [Range<Int>]
    ) {
        let found = ChunkedImport.parts(of: range, around: named)
        #expect(found == parts)
        #expect(found.flatMap(Array.init) == Array(range) && found.allSatisfy { $0.count < range.count })
    }

    @Test func `rows that were sent are told from records that could not be read`() {
        var chunk = ImportChunk(numbersRows: false)
        let start = RecordPosition()
        var entries = chunk.takeEntries()
        entries.append(.init(start: start, encodedEnd: 3))
        chunk.giveBack(&entries)
        chunk.append(start, failure: "no")
        entries = chunk.takeEntries()
        entries += [.init(start: start, encodedEnd: 6), .init(start: start, encodedEnd: 9)]
        chunk.giveBack(&entries)
        #expect((1...3).map { chunk.index(ofRow: $0, in: 0..<4) } == [0, 2, 3])
        #expect(chunk.index(ofRow: 1, in: 1..<4) == 2 && chunk.index(ofRow: 3, in: 1..<4) == nil)
        #expect(chunk.failures(in: 0..<4).map(\.index) == [1] && chunk.failures(in: 2..<4).isEmpty)
    }

    /// Bytes that are all different from their neighbours.
    static let file = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) }

    @Test(arguments: [1, 4095, 65_536, 69_633, 262_144, 299_999, 300_000])
    func `what a file is known by while it is read is what is found when it is read again`(
        _ offset: Int
    ) throws {
        var (window, known) = (RawWindow(at: 0), ContentDigest())
        for start in stride(from: 0, to: Self.file.count, by: 70_000) {
            let end = min(start + 70_000, Self.file.count)
            Self.file[start..<end].withUnsafeBytes { window.append($0) }
            // As chunks do: they end in the middle of what was read.
            let place = min(end - 10, offset)
            known = window.digest(behind: known, upTo: max(place, known.count))
            window.forget(before: known.count)
        }
        known = window.digest(behind: known, upTo: offset)
        #expect(known.hex == SHA256.hex(Array(Self.file[..<offset])))
        try withFile(Self.file) { source in
            let input = try source.open()
            #expect(try input.digest(upTo: offset).hex == known.hex)
            #expect(try input.take(3) == Array(Self.file[offset..<min(offset + 3, Self.file.count)]))
        }
    }

    @Test(arguments: [
        ("1,2\n3\n4,5\n", ["1,2", "!", "4,5"]), ("1,2\n3,4,5\n", ["1,2", "!"]),
        ("1,2\n3,a\"b\n4,5", ["1,2", "!", "4,5"]), ("1,2\n\"3\"x,4\n4,5", ["1,2", "!", "4,5"]),
        ("1,2\n\"3\n\n4\"\n5,6\n", ["1,2", "!", "5,6"]), ("1,2\n3,\u{0}\n4,5\n", ["1,2", "!", "4,5"]),
        ("1,2\na\"b", ["1,2", "!"]), ("1,2\n3\n4\n5\n6,7", ["1,2", "!", "!", "!", "6,7"]),
    ])
    func `reading goes on behind a record that cannot be read`(_ text: String, _ expected: [String]) throws {
        for blockSize in [1, 3, 100] {
            var reader = try CSVReader()
            var found: [String] = []
            var lines: [Int] = []
            func attempt(_ body: () throws -> Void) throws {
                do { try body() } catch let error as CSVError {
                    #expect(error.problem.allowsResynchronizing)
                    found.append("!")
                }
            }
            func take(_ record: borrowing CSVRecord) {
                found.append(record.strings.joined(separator: ","))
                lines.append(record.line)
            }
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: blockSize) {
                var block = Array(bytes[start..<min(start + blockSize, bytes.count)])
                var failures = -1
                repeat {
                    failures = found.count { $0 == "!" }
                    try attempt { try reader.feed(block, take) }
                    if found.count(where: { $0 == "!" }) > failures { reader.skipRecord() }
                    block = []
                } while found.count(where: { $0 == "!" }) > failures
            }
            var failures = -1
            repeat {
                failures = found.count { $0 == "!" }
                try attempt { try reader.finish(take) }
                if found.count(where: { $0 == "!" }) > failures { reader.skipRecord() }
            } while found.count(where: { $0 == "!" }) > failures
            #expect(found == expected, "blocks of \(blockSize)")
            #expect(reader.position.offset == bytes.count)
            let last = text.split(separator: "\n", omittingEmptySubsequences: false).count
            #expect(lines.allSatisfy { $0 <= last })
        }
    }
}

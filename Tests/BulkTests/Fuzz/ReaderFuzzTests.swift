import TestSupport
import Testing

@testable import Bulk

/// Random bytes, and files with random mistakes: whatever comes is read or refused with its line, in the same way however
/// the bytes are cut, and the reading comes to the end.
struct ReaderFuzzTests {
    private static let csv = Array(
        "id,name,note\r\n1,\"a \"\"b\"\"\",\n\n2,\"é\nü,\",\"\"\n3,日本,😀\r4,x,y".utf8
    )
    private static let json = Array(
        """
        {"id": 1, "name": "a\\u00e9\\ud83d\\ude00\\n\\"", "n": -1.5e+10}

        {"list": [1, {"a": [null, true, false]}, "é"], "id":2}\r
        {}
        {"日": "😀", "deep": [[[[{"x": {}}]]]], "n": 0}
        """.utf8
    )

    enum Source: String, CaseIterable { case anyBytes, fewBytes, mistakes }

    @Test(arguments: Source.allCases)
    func `any bytes of CSV are read or refused with a line`(_ source: Source) throws {
        var random = SeededGenerator(seed: 42)
        for _ in 0..<3000 {
            let bytes = Self.bytes(
                source,
                of: Self.csv,
                few: Array("a,\"\n\r".utf8) + [0xC3, 0xA9, 0, 0xFF],
                &random
            )
            try check(bytes) { try FuzzOutcome(bytes, block: $0, CSVReader()) }
        }
    }

    @Test(arguments: Source.allCases)
    func `any bytes are read by any rules of CSV`(_ source: Source) throws {
        var random = SeededGenerator(seed: 11)
        var format = CSVFormat()
        (format.escape, format.blanks) = (UInt8(ascii: "\\"), .trimmed)
        for _ in 0..<3000 {
            let few = Array("a,\" \t\\\n\r".utf8) + [0xC3, 0xA9, 0]
            let bytes = Self.bytes(source, of: Array("a line\r\n".utf8) + Self.csv, few: few, &random)
            format.linesBefore = Int.random(in: 0...2, using: &random)
            let rules = format
            try check(bytes) { try FuzzOutcome(bytes, block: $0, CSVReader(rules)) }
        }
    }

    @Test(arguments: Source.allCases)
    func `any bytes of NDJSON are read or refused with a line`(_ source: Source) throws {
        var random = SeededGenerator(seed: 7)
        let few = Array("{}[]\":,\\u0123eE+-.tfn \n\r\té".utf8) + [1, 0xFF, 0]
        for _ in 0..<3000 {
            let bytes = Self.bytes(source, of: Self.json, few: few, &random)
            try check(bytes) { try FuzzOutcome(bytes, block: $0, JSONLinesReader()) }
        }
    }

    private func check(_ bytes: [UInt8], _ read: (_ block: Int) throws -> FuzzOutcome) throws {
        let whole = try read(max(1, bytes.count))
        let lines = 1 + bytes.count { $0 == 10 || $0 == 13 }
        var earlier = 1
        for step in whole.steps {
            #expect((earlier...max(earlier, lines)).contains(step.line), "\(step) in \(bytes)")
            switch step {
            case .record: earlier = step.line
            case .problem(_, _, _, let column): #expect(column >= 1)
            }
        }
        #expect(whole.end == nil || whole.end?.offset == bytes.count, "\(bytes)")
        for size in [1, 2, 7] { #expect(try read(size) == whole, "blocks of \(size): \(bytes)") }
    }

    private static func bytes(
        _ source: Source,
        of file: [UInt8],
        few: [UInt8],
        _ random: inout SeededGenerator
    ) -> [UInt8] {
        switch source {
        case .anyBytes:
            return (0..<Int.random(in: 0..<60, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
        case .fewBytes:
            return (0..<Int.random(in: 0..<40, using: &random)).map { _ in
                few.randomElement(using: &random) ?? 0
            }
        case .mistakes:
            var bytes = file
            for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.insert(few.randomElement(using: &random) ?? 0, at: place)
                case 2: bytes.remove(at: place)
                default: bytes.removeLast(min(place, bytes.count - 1))
                }
            }
            return bytes
        }
    }
}

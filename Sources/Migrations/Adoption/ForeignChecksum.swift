import Digests

extension ForeignRecord.Checksum {
    /// Whether a file has the text that the other tool has seen.
    func matches(_ source: SourceFile) -> Bool {
        switch self {
        // Over the file as it stands; of a repeatable one over the text with its placeholders filled in.
        case .flyway(let value): [source.written, source.bytes].contains { Self.flyway($0) == value }
        case .sqlx(let digest): Self.sqlx(source).contains(digest.lowercased())
        }
    }

    /// CRC-32 over the lines without their ends, as a signed number. A line ends with `\n`, `\r\n` or `\r`.
    static func flyway(_ bytes: [UInt8]) -> Int32 {
        var check = CRC32()
        let isEnd: (UInt8) -> Bool = { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        for line in bytes.split(whereSeparator: isEnd) { check.take(line) }
        return Int32(bitPattern: check.value)
    }

    /// SHA-384 over the file as it is; the other kind of line end is let through, because a checkout on another
    /// system has it.
    private static func sqlx(_ source: SourceFile) -> [String] {
        let mark: [UInt8] = source.hasByteOrderMark ? [0xEF, 0xBB, 0xBF] : []
        let unix = source.bytes.withUnixLineEnds
        let windows = unix.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .joined(separator: Array("\r\n".utf8))
        return [source.bytes, unix, Array(windows)].map { SHA384.hex(mark + $0) }
    }
}

/// The text of a migration file, and the name by which messages speak of it.
public struct SourceFile: Hashable, Sendable {
    /// The path as people know it, such as `migrations/1_create_city.sql`.
    public let path: String

    /// The text in UTF-8, without a byte order mark.
    public let bytes: [UInt8]

    /// Whether the file began with a byte order mark: sqlx counts it for the checksum.
    let hasByteOrderMark: Bool

    /// Takes a text.
    /// - Throws: `MigrationFileError` with the line of the first byte that is not UTF-8.
    public init(path: String, bytes: [UInt8]) throws(MigrationFileError) {
        self.path = path
        self.bytes = bytes.withoutByteOrderMark
        hasByteOrderMark = self.bytes.count != bytes.count
        if let line = Self.lineOfInvalidText(self.bytes) {
            throw MigrationFileError(.notUTF8, file: path, line: line)
        }
    }

    init(path: String, text: String) {
        self.path = path
        bytes = Array(text.utf8)
        hasByteOrderMark = false
    }

    /// Lines are checked one by one only after the whole turned out to be wrong.
    private static func lineOfInvalidText(_ bytes: [UInt8]) -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let wrong = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
        return (wrong ?? 0) + 1
    }

    /// The bytes with `\r\n` turned into `\n`, so that a checkout on another system has the same checksum.
    var normalizedLineEnds: [UInt8] {
        guard bytes.contains(0x0D) else { return bytes }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for (index, byte) in bytes.enumerated() {
            let isHalfOfPair = byte == 0x0D && index + 1 < bytes.count && bytes[index + 1] == 0x0A
            if !isHalfOfPair { result.append(byte) }
        }
        return result
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }
}

extension [UInt8] {
    /// The text without the mark that some editors put in front of it.
    var withoutByteOrderMark: [UInt8] {
        starts(with: [0xEF, 0xBB, 0xBF]) ? Array(dropFirst(3)) : self
    }
}

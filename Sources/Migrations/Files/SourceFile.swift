/// The text of a migration file, and the name by which messages speak of it.
public struct SourceFile: Hashable, Sendable {
    /// The path as people know it, such as `migrations/1_create_city.sql`.
    public let path: String

    /// The text in UTF-8, without a byte order mark; where the layout has placeholders, with their values.
    public let bytes: [UInt8]

    /// The text as it stands in the file. It is what the ledger keeps and what people are shown: the values of placeholders
    /// may be secrets.
    let written: [UInt8]

    /// Where the two differ, in order.
    private var substitutions: [Substitution] = []

    /// Whether the file began with a byte order mark: sqlx counts it for the checksum.
    let hasByteOrderMark: Bool

    /// Takes a text.
    /// - Throws: `MigrationFileError` with the line of the first byte that is not UTF-8.
    public init(path: String, bytes: [UInt8]) throws(MigrationFileError) {
        self.path = path
        self.bytes = bytes.withoutByteOrderMark
        written = self.bytes
        hasByteOrderMark = self.bytes.count != bytes.count
        if let line = Self.lineOfInvalidText(self.bytes) {
            throw MigrationFileError(.notUTF8, file: path, line: line)
        }
    }

    init(path: String, text: String) {
        self.path = path
        bytes = Array(text.utf8)
        written = bytes
        hasByteOrderMark = false
    }

    /// The same file with pieces of it replaced.
    init(_ file: SourceFile, replacing pieces: [(range: Range<Int>, value: String)]) {
        path = file.path
        written = file.written
        hasByteOrderMark = file.hasByteOrderMark
        var filled: [UInt8] = []
        var end = 0
        for piece in pieces {
            filled += file.written[end..<piece.range.lowerBound]
            let start = filled.count
            filled += Array(piece.value.utf8)
            substitutions.append(Substitution(written: piece.range, filled: start..<filled.count))
            end = piece.range.upperBound
        }
        bytes = filled + file.written[end...]
    }

    /// Lines are checked one by one only after the whole turned out to be wrong.
    private static func lineOfInvalidText(_ bytes: [UInt8]) -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let wrong = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
        return (wrong ?? 0) + 1
    }

    func text(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// What stands in the file where `bytes` has a range.
    func writtenText(_ range: Range<Int>) -> String {
        let (start, end) = (writtenOffset(range.lowerBound), writtenOffset(range.upperBound))
        return String(decoding: written[start..<max(start, end)], as: UTF8.self)
    }

    /// The place in the file of a place in `bytes`; inside a value, that of its placeholder.
    func writtenOffset(_ offset: Int) -> Int {
        guard let last = substitutions.last(where: { $0.filled.lowerBound < offset }) else { return offset }
        if offset < last.filled.upperBound { return last.written.lowerBound }
        return last.written.upperBound + offset - last.filled.upperBound
    }
}

extension SourceFile: CustomStringConvertible, CustomReflectable {
    /// The path, without the text.
    public var description: String { path }

    /// Nothing to look into: values of placeholders may stand in the text.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// A placeholder and its value.
private struct Substitution: Hashable, Sendable {
    let written: Range<Int>
    let filled: Range<Int>
}

extension [UInt8] {
    /// The text without the mark that some editors put in front of it.
    var withoutByteOrderMark: [UInt8] {
        starts(with: [0xEF, 0xBB, 0xBF]) ? Array(dropFirst(3)) : self
    }

    /// The bytes with `\r\n` turned into `\n`, so that a checkout on another system has the same checksum.
    var withUnixLineEnds: [UInt8] {
        guard contains(0x0D) else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        for (index, byte) in enumerated() {
            let isHalfOfPair = byte == 0x0D && index + 1 < count && self[index + 1] == 0x0A
            if !isHalfOfPair { result.append(byte) }
        }
        return result
    }
}

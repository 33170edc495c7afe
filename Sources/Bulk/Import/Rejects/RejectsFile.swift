/// The rows that an import left out, in the format of its file, with the reason as one more column at the end.
///
/// Such a file is corrected and imported like any other. Its last column is known by its name and needs no `--ignore`; the
/// name holds the number of the import, so that the rows count as settled when they are stored.
public struct RejectsFile: Sendable {
    /// What the name of the last column begins with; the number of the import follows.
    static let prefix = "caisson_reason_of_import_"

    private let load: FileImport
    private let columns: [String]
    private let reasonName: String

    /// - Parameters:
    ///   - columns: the columns of the file, in its order.
    ///   - run: the number of the import.
    public init(of load: FileImport, columns: [String], run: Int64) {
        (self.load, self.columns) = (load, columns)
        reasonName = "\(Self.prefix)\(run)"
    }

    /// The import whose rows a file holds, by the name of one of its columns.
    package static func run(in columns: [String]) -> Int64? {
        columns.lazy.compactMap { $0.hasPrefix(prefix) ? Int64($0.dropFirst(prefix.count)) : nil }.first
    }

    /// The content of the file.
    public func bytes(_ rows: [SkippedLine]) -> [UInt8] {
        var text = ""
        if load.format == .csv, load.csv.header == .present {
            text += (columns.map(field) + [field(reasonName)]).joined(separator: delimiter) + "\n"
        }
        for row in rows { text += line(row) + "\n" }
        return Array(text.utf8)
    }

    private func line(_ row: SkippedLine) -> String {
        let reason = row.isCut ? "\(row.reason) (the row is too long to be kept, and cut)" : row.reason
        return load.format == .csv ? row.text + delimiter + field(reason) : object(row.text, reason)
    }

    // MARK: CSV

    private var delimiter: String { String(UnicodeScalar(load.csv.delimiter)) }

    private func field(_ text: String) -> String {
        let line = text.map { $0.isNewline ? " " : String($0) }.joined()
        guard let byte = load.csv.quote else { return line.replacing(delimiter, with: " ") }
        let quote = String(UnicodeScalar(byte))
        guard line.contains(quote) || line.contains(delimiter) else { return line }
        return quote + line.replacing(quote, with: quote + quote) + quote
    }

    // MARK: NDJSON

    /// The object with one more key; what is no object becomes the value of a key that no table has, so that it cannot be
    /// imported unseen.
    private func object(_ text: String, _ reason: String) -> String {
        let reason = "\(string(reasonName)):\(string(reason))"
        let bytes = text.utf8.filter { !isSpace($0) }
        guard bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), Self.isReadable(text) else {
            return "{\"caisson_row\":\(string(text)),\(reason)}"
        }
        let end = text.lastIndex(of: "}") ?? text.endIndex
        return text[..<end] + (bytes.count > 2 ? "," : "") + reason + "}"
    }

    private static func isReadable(_ text: String) -> Bool {
        var reader = JSONLinesReader()
        do {
            try Array(text.utf8).withUnsafeBytes { try reader.feed($0) { _ in } }
            try reader.finish { _ in }
            return true
        } catch {
            return false
        }
    }

    private func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }

    private func string(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let code = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - code.count) + code
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension FileImport {
    /// The names of the file's columns in its order, by a look at its beginning.
    ///
    /// - Throws: ``ImportError``, ``CSVFormatError``.
    public func fileColumns() throws -> [String] {
        if let columns { return columns }
        return try ImportHead(of: source.open(as: TextEncoding(encoding)), self, columns: [])?.fields ?? []
    }
}

extension SkippedLine {
    /// Whether only the beginning of the row was kept.
    var isCut: Bool { text.utf8.count >= 64 * 1024 }
}

/// The rows that an import left out, in the format of its file, with the reason as one more column at the end.
///
/// Such a file is corrected and imported like any other. Its last column is known by its name, or without a header by what its
/// values begin with, and need not be named as one that is not wanted. It says which import the rows are of, so that they count as
/// settled when they are stored.
public struct RejectsFile: Sendable {
    /// The import that left the rows out.
    public struct Origin: Hashable, Sendable {
        /// Its number.
        public let run: Int64
        /// When it was begun, in microseconds since 1970: another database has an import of that number too.
        public let begun: Int64

        /// An import.
        public init(run: Int64, begun: Int64) {
            (self.run, self.begun) = (run, begun)
        }

        private static let prefix = "caisson_reason_of_import_"

        /// The name of the column with the reasons.
        var name: String { "\(Self.prefix)\(run)_\(begun)" }

        /// Reads the name.
        init?(_ name: some StringProtocol) {
            guard name.hasPrefix(Self.prefix) else { return nil }
            let numbers = name.dropFirst(Self.prefix.count).split(separator: "_").map { Int64($0) }
            guard numbers.count == 2, let run = numbers[0], let begun = numbers[1] else { return nil }
            self.init(run: run, begun: begun)
        }

        /// Reads what a reason begins with in a file without a header.
        static func name(in field: String) -> String? {
            field.split(separator: ":").first.flatMap { Origin($0)?.name }
        }

        /// The import whose rows a file holds, by the name of one of its columns.
        package static func named(in columns: [String]) -> Origin? {
            columns.lazy.compactMap { Origin($0) }.first
        }
    }

    private let load: FileImport
    private let columns: [String]
    private let reasonName: String

    /// - Parameters:
    ///   - columns: the columns of the file, in its order.
    ///   - origin: the import that left the rows out.
    public init(of load: FileImport, columns: [String], from origin: Origin) {
        (self.load, self.columns) = (load, columns)
        reasonName = origin.name
    }

    /// The content of the file.
    public func bytes(_ rows: [SkippedLine]) -> [UInt8] {
        var text = ""
        if load.hasHeader {
            text += (columns.map(field) + [field(reasonName)]).joined(separator: delimiter) + "\n"
        }
        for row in rows { text += line(row) + "\n" }
        return Array(text.utf8)
    }

    private func line(_ row: SkippedLine) -> String {
        let reason = row.isCut ? "\(row.reason) (the row is too long to be kept, and cut)" : row.reason
        guard load.format != .ndjson else { return object(row.text, reason) }
        let named = load.hasHeader ? reason : "\(reasonName): \(reason)"
        return separable(row.text) + delimiter + field(named)
    }

    // MARK: CSV and text

    private var delimiter: String { String(UnicodeScalar(load.layout.delimiter)) }

    /// A row that ends in a lone backslash would take the delimiter behind it as its own, and the reason with it. Followed by a point it is
    /// refused again until somebody corrects it.
    private func separable(_ row: String) -> String {
        let backslashes = row.utf8.reversed().prefix { $0 == UInt8(ascii: "\\") }.count
        return load.format == .text && !backslashes.isMultiple(of: 2) ? row + "." : row
    }

    private func field(_ text: String) -> String {
        let line = text.map { $0.isNewline ? " " : String($0) }.joined()
        if load.format == .text {
            return line.replacing("\\", with: "\\\\").replacing(delimiter, with: "\\" + delimiter)
        }
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

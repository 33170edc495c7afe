/// A kind of file that no import reads, and what makes CSV of it.
public enum ForeignFile: String, Hashable, Sendable, CaseIterable {
    /// A workbook of Excel or of another office program.
    case spreadsheet = "a spreadsheet"
    /// A zip archive.
    case zip = "a zip archive"
    /// A tar archive.
    case tar = "a tar archive"
    /// An archive of 7-Zip or RAR.
    case archive = "an archive"
    /// A frame of lz4.
    case lz4 = "packed by lz4"
    /// Columns of Parquet.
    case parquet = "a Parquet file"
    /// Columns of Arrow or ORC, records of Avro.
    case columns = "a file of Arrow, ORC or Avro"
    /// A database of SQLite.
    case sqlite = "a database of SQLite"
    /// A dump by `pg_dump` that is not plain text.
    case dump = "a dump of pg_dump"
    /// The binary format of COPY.
    case binaryCopy = "a file of COPY in its binary format"
    /// A document of PDF.
    case pdf = "a PDF document"
    /// A page of HTML or another document of XML, as which many programs "export to Excel".
    case markup = "a document of HTML or XML"

    /// Looks at the first bytes of a file.
    init?(startOf bytes: some RandomAccessCollection<UInt8>) {
        func begins(_ text: String) -> Bool { bytes.starts(with: text.utf8) }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x50, 0x4B, 0x05, 0x06]) {
            self = Self.isOffice(bytes) ? .spreadsheet : .zip
        } else if let mark = Self.marks.first(where: { bytes.starts(with: $0.mark) }) {
            self = mark.kind
        } else if bytes.dropFirst(257).starts(with: "ustar".utf8) {
            self = .tar
        } else {
            return nil
        }
    }

    private static let marks: [(kind: ForeignFile, mark: [UInt8])] = [
        (.spreadsheet, [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
        (.archive, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), (.archive, Array("Rar!\u{1A}\u{07}".utf8)),
        (.lz4, [0x04, 0x22, 0x4D, 0x18]), (.parquet, Array("PAR1".utf8) + [0x15]),
        (.columns, Array("ARROW1\0".utf8)),
        (.columns, Array("ORC".utf8) + [0x08]), (.columns, Array("Obj\u{1}".utf8)),
        (.sqlite, Array("SQLite format 3\0".utf8)), (.dump, Array("PGDMP".utf8) + [0x01]),
        (.binaryCopy, Array("PGCOPY\n".utf8) + [0xFF]), (.pdf, Array("%PDF-".utf8)),
    ]

    /// Whether the first entry of an archive is one with which office programs begin.
    private static func isOffice(_ bytes: some RandomAccessCollection<UInt8>) -> Bool {
        let name = bytes.dropFirst(30)
        return ["[Content_Types].xml", "mimetype", "_rels/", "docProps/", "xl/", "Index/"].contains {
            name.starts(with: $0.utf8)
        }
    }

    /// Whether a text begins like a document of HTML or XML. A text of a column may do so, a header does not.
    static func isMarkup(_ text: some StringProtocol) -> Bool {
        let start = text.drop { $0.isWhitespace }.prefix(16).lowercased()
        return ["<!doctype html", "<html", "<?xml ", "<table"].contains { start.hasPrefix($0) }
    }
}

extension ForeignFile {
    /// What to do, for people.
    var advice: String {
        switch self {
        case .spreadsheet, .markup:
            "Open it with an office program and save the sheet as CSV (UTF-8), or let one do it: "
                + "soffice --headless --convert-to csv FILE"
        case .zip: "Unpack it on the way: unzip -p FILE | caisson import - --into TABLE"
        case .tar: "Unpack it on the way: tar -xOf FILE | caisson import - --into TABLE"
        case .archive: "Unpack it first; 7z x FILE does."
        case .lz4: "Unpack it on the way: lz4 -dc FILE | caisson import - --into TABLE"
        case .parquet, .columns, .sqlite, .pdf:
            "Have the program that wrote it write CSV."
                + (self == .parquet ? " duckdb makes it: " + Self.fromParquet : "")
                + (self == .sqlite
                    ? " sqlite3 makes it: sqlite3 -header -csv FILE 'SELECT …' | \(Self.pipe)" : "")
        case .dump: "pg_restore loads it: pg_restore -d DATABASE FILE"
        case .binaryCopy: "psql loads it: \\copy TABLE FROM 'FILE' WITH (FORMAT binary)"
        }
    }

    private static let pipe = "caisson import - --into TABLE"
    private static let fromParquet =
        "duckdb -c \"COPY (FROM 'FILE') TO '/dev/stdout' (FORMAT csv, HEADER)\" | \(pipe)"
}

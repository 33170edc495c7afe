/// Loads a file of CSV, NDJSON or COPY's text format, plain or packed, into a table: all of it, or nothing.
///
/// The header, or the keys of the first objects, are checked against the catalog before anything is sent. The rows then go in by COPY in one
/// transaction: straight into the table, or, where rows may already be there, into a temporary table and from
/// there by one `INSERT … ON CONFLICT` in the order of the key. Values are the text of the file, read by the
/// column's own type. Memory does not grow with the file.
///
/// ```swift
/// var load = FileImport(.file("cities.csv"), into: "city")
/// load.mapping = ["geoname_id": "id"]
/// load.onConflict = .update(key: ["id"])
/// let result = try load.run(on: connection) { event in … }
/// ```
public struct FileImport: Sendable {
    /// Where the bytes come from.
    public var source: ImportSource
    /// The table as it is named in SQL.
    public var table: String
    /// What the file holds. Default: what its name says, CSV when it says nothing.
    public var format: Format
    /// How a CSV file is written.
    public var csv = CSVFormat()
    /// How a file in the text format of COPY is written.
    public var text = CopyTextFormat()
    /// The names of the file's columns where it has no header; default: the columns of the table in their
    /// order. The keys of the objects of an NDJSON file; default: those of the lines in the first 256 KiB.
    public var columns: [String]?
    /// The table's column for a column of the file, where the two have different names.
    public var mapping: [String: String] = [:]
    /// What becomes of the rows that are in the table already. Default: they stay.
    public var existingRows = ExistingRows.kept
    /// How names of the file and of the table are compared. Default: as SQL does it, without regard to capital letters,
    /// where that leaves no doubt.
    public var names: NameMatching = .ignoringCase
    /// Columns of the file that are not wanted.
    public var ignored: Set<String> = []
    /// Values that every row gets, by the table's column.
    public var constants: [String: String] = [:]
    /// Which fields are NULL. Default: empty ones without quotes; in the text format of COPY `\N`.
    public var null: NullRule = .emptyBareField
    /// What the file is written in where that is not UTF-8: a name that PostgreSQL or the program `iconv` knows.
    public var encoding: String?
    /// What happens to rows whose key is already in the table. Default: the import fails.
    public var onConflict: ImportConflict = .error
    /// Whether the planner is told of the new rows. Default: where there are many.
    public var statistics = Statistics.whereWorthwhile
    /// The bytes of the file that one COPY takes. The server's error is read when a COPY ends, so a bad line
    /// at the beginning of a large file is told after this much of it, not after all.
    var pieceSize = 32 << 20

    /// Describes an import; what is not set keeps its default.
    public init(_ source: ImportSource, into table: String) {
        self.source = source
        self.table = table
        format = Format(of: source)
    }

    /// The longest record in bytes, in any format. Default: 64 MiB.
    public var maximumRecordSize: Int {
        get { csv.maximumRecordSize }
        set { csv.maximumRecordSize = newValue }
    }

    /// How names are compared.
    public enum NameMatching: Hashable, Sendable {
        /// Letter by letter.
        case exact
        /// Without regard to capital and small letters, where no name is the same letter by letter.
        case ignoringCase
    }

    /// What becomes of the rows that are in the table already.
    public enum ExistingRows: String, Hashable, Sendable {
        /// They stay.
        case kept
        /// They are gone with the first rows of the file that are stored, in one transaction. TRUNCATE locks the table for everybody until
        /// that is committed (manual, 13.3.1 "Table-Level Locks"), and is refused where other tables refer to it.
        case truncated
    }

    /// Whether the planner is told what is in the table when the import is over.
    public enum Statistics: Hashable, Sendable {
        /// Where so many rows are new or different that the server itself would do it, some time later (manual, 25.1.3 "Updating
        /// Planner Statistics"): 50 and a tenth of the table. Until then a table of a million new rows is planned as an empty one.
        case whereWorthwhile
        /// Left to the server.
        case never
    }

    /// What a file holds.
    public enum Format: String, Hashable, Sendable, CaseIterable {
        /// Fields between delimiters, a record a line.
        case csv
        /// One JSON object a line.
        case ndjson
        /// What `COPY t TO 'file'` and `\copy` write: fields between tabs, backslashes before what would end them, `\N` for NULL.
        /// No name of a file tells it.
        case text

        /// What the name of a source says; what it was packed by does not count.
        init(of source: ImportSource) {
            guard case .file(let path) = source else {
                self = .csv
                return
            }
            var name = path.lowercased()
            let packed = PackingProgram.allCases.map(\.suffix).first { name.hasSuffix($0) }
            name.removeLast(packed?.count ?? 0)
            self = name.hasSuffix(".ndjson") || name.hasSuffix(".jsonl") ? .ndjson : .csv
        }
    }
}

/// Which fields of a file are NULL. In NDJSON `null` always is, and the rule is about strings.
/// In the text format of COPY it is about fields as they stand in the file, before backslashes are taken out.
public enum NullRule: Hashable, Sendable {
    /// Nothing between two delimiters; `""` is an empty text. What COPY does with CSV. In its text format: `\N`.
    case emptyBareField
    /// Every empty field, in quotes or not.
    case emptyField
    /// A field without quotes that holds exactly this; an empty field is an empty text then.
    case token(String)
    /// A field without quotes that holds one of these. The empty text among them makes every empty field NULL, in quotes or
    /// not; otherwise an empty field is an empty text.
    case anyOf([String])
}

/// What an import does with rows whose key is already in the table.
public enum ImportConflict: Hashable, Sendable {
    /// It fails, and stores nothing.
    case error
    /// It leaves the rows in the table as they are. No key means the primary key.
    case doNothing(key: [String]?)
    /// It gives them the values of the file; of lines with the same key the last one wins. No key means the
    /// primary key.
    case update(key: [String]?)
}

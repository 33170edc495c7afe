public import Postgres

/// Why a file was not imported. Nothing of it is stored then.
public enum ImportError: Error, Sendable {
    /// The file cannot be opened or read.
    case unreadable(ImportSource, reason: String)
    /// The file is of a kind that no import reads.
    case foreign(ImportSource, ForeignFile)
    /// The program that unpacks the file is not there.
    case programMissing(ImportSource, program: String)
    /// The bytes of the file are not what they were said to be written in, or nobody knows that encoding.
    case undecodable(ImportSource, encoding: String, reason: String)
    /// The packed bytes of the file are damaged, or their end is missing.
    case damaged(ImportSource, reason: String)
    /// The file was read as CSV and begins like JSON.
    case looksLikeJSON(ImportSource)
    /// There is no header line, because there is nothing at all.
    case empty(ImportSource)
    /// The file breaks a rule of CSV.
    case malformed(ImportSource, CSVError)
    /// A line of the file is not one JSON object with known keys.
    case malformedJSON(ImportSource, JSONLinesError)
    /// The columns of the file and those of the table do not fit together: all that is wrong.
    case unsuitable(ImportSource, table: Identifier, line: Int, [Problem])
    /// The server refused a row, or the table as a whole.
    case refused(ImportSource, ServerError, Place?)
    /// More rows than allowed cannot be stored; the first of those that are too many.
    case tooManySkipped(ImportSource, SkippedLine)

    /// The place in the file that the server complained about.
    public struct Place: Hashable, Sendable {
        /// The row of the file, from 1, the header not counted.
        public let row: Int
        /// The line of the file that the row begins in; unknown when too many rows of several lines lay
        /// between.
        public let line: Int?
        /// The column of the table, where the server named it.
        public let column: String?
    }

    /// One thing that is wrong with the columns.
    public enum Problem: Hashable, Sendable {
        /// A column of the file is none of the table.
        case noSuchColumn(String, file: String, nearest: [String])
        /// A column of the file has the name of one of the table but for capital letters.
        case otherCase(String, column: String)
        /// Several columns of the table are called like one of the file but for capital letters.
        case severalCases(String, file: String, columns: [String])
        /// A column of the file has blanks around a name of the table.
        case blanksAround(String, file: String)
        /// Columns of the file have no name: their positions from 1.
        case unnamed([Int])
        /// A value for all rows is for a column that the table does not have.
        case noSuchConstant(String, nearest: [String])
        /// The type of its column cannot take a value for all rows.
        case constantRefused(String, column: String, type: String, reason: String)
        /// The only column of the file has another delimiter in its name.
        case otherDelimiter(UInt8)
        /// The first line names no column, and nothing that is like one.
        case noHeader
        /// A column that is mapped or ignored is not in the file.
        case notInFile(String, nearest: [String])
        /// Two columns of the file have the same name.
        case headerTwice(String)
        /// A column of the table gets its value twice.
        case fedTwice(column: String)
        /// The file has another number of columns than names were given or the table has.
        case columnCount(expected: Int, found: Int)
        /// The table cannot take the columns.
        case target(TargetError.Problem)
    }
}

extension ImportError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .unreadable(let source, let reason):
            "Cannot read \(source): \(reason). Check the path and the permissions."
        case .foreign(let source, let kind):
            "\(source) is \(kind.rawValue), no CSV and no NDJSON. \(kind.advice)"
        case .programMissing(let source, let program):
            "\(source) is packed by \(program), and there is no program of that name here. Install the package \(program), or "
                + "unpack the file where there is one."
        case .undecodable:
            "\(reason)\nNothing was stored. Name the encoding that the file is written in (--encoding); iconv -l lists them."
        case .empty(let source):
            "\(source) is empty, it has not even a header line. Check that it is the right file."
        case .damaged: "\(reason)\nNothing was stored. Fetch the file again, or pack it again."
        case .looksLikeJSON(let source):
            """
            \(source) looks like JSON, and is read as CSV. Where each line is an object, say so: --format ndjson. Make \
            lines of other JSON with jq: jq -c '.[]' FILE | caisson import - --format ndjson --into TABLE
            """
        case .malformed, .malformedJSON: "\(reason)\nNothing was stored."
        case .unsuitable(let source, let table, let line, let problems):
            "\(source), line \(line): the columns do not fit the table \(table):\n"
                + problems.map { "  - \($0.description)" }.listedLines
        case .tooManySkipped:
            "\(reason)\nNothing was stored. Correct the file, or allow more with --max-skipped."
        case .refused: "\(reason)\nNothing was stored. Correct the file and import it again."
        }
    }

    /// What is wrong and where, without what became of the rows before.
    package var reason: String {
        switch self {
        case .malformed(let source, let error): "\(source), \(error)"
        case .malformedJSON(let source, let error): "\(source), \(error)"
        case .undecodable(let source, let encoding, let reason):
            "\(source) cannot be read as \(encoding) (\(reason))."
        case .damaged(let source, let reason): "\(source) cannot be unpacked (\(reason))."
        case .refused(let source, let error, let place):
            "\(source)\(place.map { ", " + $0.description } ?? ""): \(error)"
        case .tooManySkipped(let source, let row):
            "\(source), line \(row.line): \(row.reason)\n    \(row.text)"
        default: description
        }
    }
}

extension ImportError.Place: CustomStringConvertible {
    /// For instance `line 17, column population`.
    public var description: String {
        (line.map { "line \($0)" } ?? "row \(row)") + (column.map { ", column \($0)" } ?? "")
    }
}

extension ImportError.Problem: CustomStringConvertible {
    /// One line for people, with what to do.
    public var description: String {
        switch self {
        case .noSuchColumn(let name, let file, let nearest):
            "the table has no column \(name)."
                + (nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?")
                + " Map it (--map '\(file)=COLUMN') or leave it out (--ignore '\(file)')."
        case .otherCase(let name, let column):
            "the table has no column \(name), but \(column). Compare names without regard to capital letters: leave --no-ignore-case out."
        case .severalCases(let name, let file, let columns):
            "the table has no column \(name), but \(columns.joined(separator: " and ")). "
                + "Say which one it is: --map '\(file)=COLUMN'"
        case .blanksAround(let name, let file):
            "the name of the column \(file.debugDescription) has blanks around it. Leave out all blanks around fields "
                + "without quotes (--trim) or map it (--map '\(file)=\(name)')."
        case .unnamed(let positions): Self.unnamed(positions)
        case .noSuchConstant(let name, let nearest):
            "the table has no column \(name), which --set gives a value."
                + (nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?")
        case .constantRefused(let value, let column, let type, let reason):
            "the column \(column) (\(type)) cannot take the value \(value.debugDescription): \(reason)."
        case .otherDelimiter(let byte):
            "the first line seems to be separated by \(Self.name(byte)). Say so: --delimiter \(Self.argument(byte))"
        case .noHeader:
            "no name in the first line is one of the table. If it holds values already: --no-header"
        case .notInFile(let name, let nearest):
            (name.isEmpty ? "no column of the file is without a name." : "the file has no column \(name).")
                + (nearest.isEmpty ? "" : " Did you mean \(nearest.joined(separator: " or "))?")
        case .headerTwice(""): "two columns of the file have no name; give them one."
        case .headerTwice(let name): "two columns of the file are called \(name); rename one."
        case .fedTwice(let column): "the column \(column) gets two values in each row; leave one out."
        case .columnCount(let expected, let found):
            "the file has \(found) \(found == 1 ? "column" : "columns") and \(expected) are expected; "
                + "name the columns of the file in their order, and leave out what is not wanted: "
                + "--no-header --columns a,b,c --ignore c"
        case .target(let problem): problem.description
        }
    }

    /// Whether it is a name that is like no column of the table.
    var isAboutUnknownName: Bool {
        switch self {
        case .noSuchColumn(_, _, nearest: []), .unnamed: true
        default: false
        }
    }

    private static func unnamed(_ positions: [Int]) -> String {
        let shown =
            positions.prefix(5).map(String.init).joined(separator: ", ") + (positions.count > 5 ? ", …" : "")
        let which =
            positions.count == 1 ? "column \(shown) of the file has" : "columns \(shown) of the file have"
        return
            "the \(which) no name; most likely the lines end with a delimiter. Leave what has no name out: --ignore ''"
            + (positions.count == 1 ? ", or map it: --map '=COLUMN'" : "")
    }

    private static func name(_ byte: UInt8) -> String {
        byte == UInt8(ascii: "\t") ? "tabs" : "\(argument(byte))"
    }

    private static func argument(_ byte: UInt8) -> String {
        byte == UInt8(ascii: "\t") ? "tab" : "'\(UnicodeScalar(byte))'"
    }
}

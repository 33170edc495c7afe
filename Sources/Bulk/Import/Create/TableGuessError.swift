public import Postgres

/// Why no table can be made for a file. Nothing was made then.
public enum TableGuessError: Error, Sendable {
    /// The source cannot be read twice, once for the types and once for the rows.
    case pipe(ImportSource)
    /// The file has no header, and nobody named its columns.
    case withoutNames(ImportSource)
    /// The names in the file are none for the columns of a table: all that is wrong.
    case names(ImportSource, line: Int, [ImportError.Problem])
    /// Columns of a table would have names that the server cuts off.
    case longNames(ImportSource, line: Int, [String])
    /// All columns of the file are left out.
    case noColumns(ImportSource)
    /// Rows are to be told apart by a key, and a table that is made has none.
    case withoutKey(ImportSource)
    /// The server refused to make the table.
    case refused(Identifier, ServerError)
}

extension TableGuessError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .pipe(let source):
            "\(source) can be read only once, and a table is made of what was read before: save it as a file first, or make the "
                + "table by hand and leave --create out."
        case .withoutNames(let source):
            "\(source) has no header, so nobody knows what the columns of a table would be called. Name them in the order of "
                + "the file: --no-header --columns a,b,c"
        case .names(let source, let line, let problems):
            "\(source), line \(line): these are no names for the columns of a table:\n"
                + problems.map { "  - \($0.description)" }.listedLines
        case .longNames(let source, let line, let names):
            "\(source), line \(line): the server cuts names off behind 63 bytes, so these columns would be called something else:\n"
                + names.map { "  - \($0)\n    Give it a shorter one: --map '\($0)=COLUMN'" }.listedLines
        case .noColumns(let source):
            "No column of \(source) is left for a table. Leave out fewer (--ignore), or check that it is the right file."
        case .withoutKey(let source):
            "\(source) is to meet rows that are there already (--on-conflict), and a table that is made has no key to know them by. "
                + "Import it without --on-conflict, or make the table with its key by hand."
        case .refused(let table, let error):
            "The table \(table) cannot be made: \(error)\nMake what is missing, name another table, or rename columns of the file "
                + "with --map 'FILE-COLUMN=COLUMN'."
        }
    }
}

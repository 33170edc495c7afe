import Postgres

/// One import under way: the open file, the columns it was found to fit, and how far it has come.
final class ImportJob {
    let load: FileImport
    let table: TargetTable
    let mapping: ImportMapping
    /// The column of the staging table that keeps the order of the file.
    let ordinal: String
    let input: ImportInput
    private(set) var reader: any RowReader
    private let head: ImportHead?
    var lines = LineMap()

    /// The rows sent so far.
    var rows = 0
    var blankLines: Int { reader.blankLines }

    /// Opens the file and checks its first line against the table.
    ///
    /// - Parameter table: the table, where it was looked up just now.
    init(_ load: FileImport, into table: TargetTable? = nil, on connection: Connection) throws {
        self.load = load
        try load.validateLayout()
        input = try load.source.open(SignOfLife(connection), as: TextEncoding(load.encoding))
        self.table = try table ?? load.targetTable(on: connection)
        let table = self.table
        let names = load.columnNames(in: table)
        head = try ImportHead(of: input, load, columns: names)
        // A file without a header and without rows is a good one, and has the columns that it has to have.
        mapping = ImportMapping(load, table, first: head?.fields ?? names)
        ordinal = RowSource.ordinalName(besides: table.columns.map(\.name))
        reader = try Self.reader(load, mapping, head, at: RecordPosition())
        if head == nil, load.format == .ndjson || load.hasHeader {
            throw ImportError.empty(load.source)
        }
        guard mapping.problems.isEmpty else { throw unsuitable(mapping.problems) }
        let refused = try mapping.columns.enumerated().compactMap { index, column in
            try Self.problem(mapping.values[index], for: column, on: connection)
        }
        guard refused.isEmpty else { throw unsuitable(refused) }
    }

    private func unsuitable(_ problems: [ImportError.Problem]) -> ImportError {
        .unsuitable(load.source, table: table.name, line: head?.line ?? 1, problems)
    }

    /// What is wrong with a value for all rows: the server would say it of the first row of the file.
    private static func problem(
        _ value: ImportPlan.Value,
        for column: TargetColumn,
        on connection: Connection
    ) throws -> ImportError.Problem? {
        guard case .constant(let text) = value else { return nil }
        do {
            _ = try connection.execute(ImportStatements.read(text, as: column))
            return nil
        } catch {
            guard case .server(let refusal) = error, refusal.sqlState.rawValue.hasPrefix("22") else {
                throw error
            }
            return .constantRefused(text, column: column.name, type: column.type, reason: refusal.message)
        }
    }

    /// Goes on behind a record that was stored before. The input must stand there.
    func resume(at position: RecordPosition) throws {
        reader = try Self.reader(load, mapping, head, at: position)
    }

    private static func reader(
        _ load: FileImport,
        _ mapping: ImportMapping,
        _ head: ImportHead?,
        at position: RecordPosition
    ) throws -> any RowReader {
        let fields = head?.fields ?? []
        return switch load.format {
        case .csv: try CSVRowReader(load, mapping, at: position, columnCount: fields.count)
        case .text: try CopyTextRowReader(load, mapping, head, at: position)
        case .ndjson: JSONRowReader(load, mapping, names: load.keys(fields), at: position)
        }
    }

    static func name(_ text: String) throws(TargetError) -> Identifier {
        do {
            return try Identifier(parsing: text)
        } catch {
            throw .unreadableName(error)
        }
    }
}

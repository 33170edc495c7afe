import Postgres

/// One import under way: the open file, the columns it was found to fit, and how far it has come.
final class ImportJob {
    let load: CSVImport
    let table: TargetTable
    let mapping: ImportMapping
    /// The column of the staging table that keeps the order of the file.
    let ordinal: String
    let input: ImportInput
    let reader: RecordReader
    var lines = LineMap()

    /// The rows sent so far.
    var rows = 0
    /// The bytes read so far.
    var bytes = 0
    var blankLines: Int { reader.csv.blankLineCount }

    /// A class, because a noncopyable reader is changed inside closures.
    final class RecordReader {
        var csv: CSVReader
        init(_ format: CSVFormat) throws(CSVFormatError) { csv = try CSVReader(format) }
    }

    /// Opens the file and checks its first line against the table.
    init(_ load: CSVImport, on connection: Connection) throws {
        self.load = load
        reader = try RecordReader(load.format)
        input = try load.source.open()
        let first = try Self.firstRecord(of: input, load.format)
        table = try TargetTable(Self.name(load.table), on: connection)
        mapping = ImportMapping(load, table, first: first?.fields ?? [])
        ordinal = RowSource.ordinalName(besides: table.columns.map(\.name))
        if first == nil, load.format.header == .present { throw ImportError.empty(load.source) }
        guard mapping.problems.isEmpty || first == nil else {
            throw ImportError.unsuitable(
                load.source,
                table: table.name,
                line: first?.line ?? 1,
                mapping.problems
            )
        }
    }

    private static func name(_ text: String) throws(TargetError) -> Identifier {
        do {
            return try Identifier(parsing: text)
        } catch {
            throw .unreadableName(error)
        }
    }

    private static func firstRecord(
        of input: ImportInput,
        _ format: CSVFormat
    ) throws -> (fields: [String], line: Int)? {
        struct Found: Error {
            let fields: [String]
            let line: Int
        }
        var reader = try CSVReader(format)
        do {
            try input.peek { block in
                try reader.feed(block) { throw Found(fields: $0.strings, line: $0.line) }
                return true
            }
            try reader.finish { throw Found(fields: $0.strings, line: $0.line) }
            return nil
        } catch let found as Found {
            return (found.fields, found.line)
        } catch let error as CSVError {
            throw ImportError.malformed(input.source, error)
        }
    }
}

import Postgres

/// One import under way: the open file, the columns it was found to fit, and how far it has come.
final class ImportJob {
    let load: CSVImport
    let table: TargetTable
    let mapping: ImportMapping
    /// The column of the staging table that keeps the order of the file.
    let ordinal: String
    private let input: ImportInput
    private var reader: RecordReader
    private var lines = LineMap()

    private(set) var rows = 0
    private(set) var bytes = 0
    var blankLines: Int { reader.csv.blankLineCount }

    /// A class, because a noncopyable reader is changed inside closures.
    private final class RecordReader {
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

// The two ways into the table

extension ImportJob {
    /// How rows that are already there are settled; `nil` where they are an error.
    func mergePlan() throws -> SinkPlan? {
        let action: ConflictAction
        let named: [String]?
        switch load.onConflict {
        case .error: return nil
        case .doNothing(let key): (action, named) = (.doNothing, key)
        case .update(let key): (action, named) = (.updateAll, key)
        }
        let key = named ?? table.primaryKey?.columns ?? []
        let sink = Sink.upsert(
            into: table.name.quoted,
            columns: mapping.columns.map(\.name),
            conflict: .columns(key),
            onConflict: action
        )
        return try SinkPlan(sink, in: table, identity: .overridden)
    }

    /// Sends the rows straight into the table.
    func copy(on connection: Connection, _ onEvent: (ImportEvent) -> Void) throws -> WriteOutcome {
        let statement = CopyStatements.copy(into: table.name, mapping.columns.map(\.name), format: "text")
        var outcome = WriteOutcome()
        outcome.inserted = try send(
            statement,
            as: table.name.name,
            numbered: false,
            limit: .max,
            on: connection,
            onEvent
        )
        outcome.proposed = rows
        return outcome
    }

    /// Sends the rows into a table of their own, and from there by one statement.
    func merge(
        _ plan: SinkPlan,
        on connection: Connection,
        _ onEvent: (ImportEvent) -> Void
    ) throws -> WriteOutcome {
        try stage(limit: .max, on: connection, onEvent)
        onEvent(.merging(rows: rows))
        var source = RowSource(rows: .table(ImportStatements.staging), ordinal: ordinal)
        if plan.columns.contains(where: { $0.origin == .identityAlways }) {
            source.overriding = "OVERRIDING SYSTEM VALUE "
        }
        do {
            return try SinkStatements(plan: plan, source: source).run(proposed: rows, on: connection)
        } catch PostgresError.server(let error) {
            throw ImportError.refused(load.source, error, nil)
        }
    }

    /// Fills the staging table with the first rows of the file.
    func stage(limit: Int, on connection: Connection, _ onEvent: (ImportEvent) -> Void) throws {
        try connection.execute(ImportStatements.createStaging(like: table, ordinal: ordinal))
        let names = mapping.columns.map(\.name)
        let loose = table.columns.filter { mayStageNull($0, given: names) }.map(\.name)
        if !loose.isEmpty { try connection.execute(ImportStatements.dropNotNull(loose)) }
        let statement = CopyStatements.copy(into: ImportStatements.staging, names + [ordinal], format: "text")
        _ = try send(
            statement,
            as: ImportStatements.staging.name,
            numbered: true,
            limit: limit,
            on: connection,
            onEvent
        )
    }
}

extension ImportJob {
    /// Whether a NOT NULL column may still be empty here: the server or a trigger fills it in the real table.
    private func mayStageNull(_ column: TargetColumn, given names: [String]) -> Bool {
        guard column.isNotNull, column.origin != .generated else { return false }
        return table.hasBeforeInsertTriggers || (column.origin != .plain && !names.contains(column.name))
    }
}

// Reading and sending

extension ImportJob {
    /// The preview has seen enough.
    private struct EnoughRows: Error {}

    private func send(
        _ statement: SQL,
        as relation: String,
        numbered: Bool,
        limit: Int,
        on connection: Connection,
        _ onEvent: (ImportEvent) -> Void
    ) throws -> Int {
        do {
            return try connection.copyIn(statement) { copy in
                try readAll(numbered: numbered, into: copy, limit: limit, onEvent)
            }
        } catch {
            throw located(error, relation)
        }
    }

    private func readAll(
        numbered: Bool,
        into copy: CopyWriter,
        limit: Int,
        _ onEvent: (ImportEvent) -> Void
    ) throws {
        let hasHeader = load.format.header == .present
        var encoder = ImportRowEncoder(mapping.values, null: load.null, numbersRows: numbered)
        // Variables of the function, because a property of a class costs a check at every access.
        var (rows, lines) = (0, LineMap())
        defer { (self.rows, self.lines) = (rows, lines) }
        func take(_ record: borrowing CSVRecord) throws {
            if record.number == 1, hasHeader { return }
            guard rows < limit else { throw EnoughRows() }
            rows += 1
            lines.append(line: record.line)
            try encoder.send(record, to: copy)
        }
        do {
            try input.forEachBlock { block in
                try reader.csv.feed(block, take)
                bytes += block.count
                onEvent(.progress(ImportProgress(bytes: bytes, totalBytes: input.totalBytes, rows: rows)))
            }
            try reader.csv.finish(take)
        } catch is EnoughRows {}
        try encoder.flush(to: copy)
    }

    /// The error with the place in the file.
    private func located(_ error: any Error, _ relation: String) -> any Error {
        switch error {
        case let error as CSVError: return ImportError.malformed(load.source, error)
        case PostgresError.server(let error): return refused(error, relation)
        case TransactionError.cleanupFailed(_ as CSVError, PostgresError.server(let error)):
            // The server had given up on an earlier line when the reader met a later one.
            return refused(error, relation)
        default: return error
        }
    }

    private func refused(_ error: ServerError, _ relation: String) -> ImportError {
        let place = CopyContext(error, table: relation).map { context in
            ImportError.Place(row: context.row, line: lines.line(ofRow: context.row), column: context.column)
        }
        return .refused(load.source, error, place)
    }
}

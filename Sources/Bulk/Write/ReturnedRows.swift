import Postgres

/// Writes and collects what comes back.
final class ReturnedRows<each Column: PostgresDecodable> {
    private var rows: [(repeat each Column)] = []
    /// How many of the rows are sure to stay.
    private var kept = 0
    private let names: [String]
    private let order: ReturnOrder
    private let types: (repeat (each Column).Type)

    init(_ names: [String], _ order: ReturnOrder, as types: repeat (each Column).Type) {
        (self.names, self.order) = (names, order)
        self.types = (repeat each types)
    }

    var collector: RowCollector<(repeat each Column)> {
        RowCollector(
            results: .rows,
            check: check,
            perform: perform,
            beginAttempt: { self.rows.removeLast(self.rows.count - self.kept) },
            keep: { self.kept = self.rows.count },
            rows: { self.rows }
        )
    }

    /// Whether the columns are there and the order can be kept.
    private func check(_ writer: SinkWriter) throws {
        let table = writer.table
        var problems = names.filter { table.column($0) == nil }.map {
            TargetError.Problem.noSuchColumn($0, nearest: NearestNames.of($0, in: table.columns.map(\.name)))
        }
        if order == .input, let reason = writer.plan.obstacleToOrder { problems.append(.noOrder(reason)) }
        if !problems.isEmpty { throw TargetError.unsuitable(table.name, problems) }
    }

    private func perform(
        _ writer: SinkWriter,
        _ source: RowSource,
        _ count: Int,
        _ connection: Connection
    ) throws -> WriteOutcome {
        let columns = names.compactMap(writer.table.column)
        let statements = SinkStatements(plan: writer.plan, source: source)
        switch (order, writer.plan.action) {
        case (.input, .insert):
            return try insertInOrder(statements, columns, count, connection)
        case (.input, _):
            let outcome = try writer.write(source, count: count, on: connection)
            for row in try connection.rows(statements.readInOrder(columns)) {
                guard try row.value(Bool.self, at: 0) else { throw TargetError.orderLost(writer.table.name) }
                try append(row, from: 1)
            }
            return outcome
        case (.changed, _):
            let found = try writer.lock(statements, on: connection)
            var outcome = try collect(connection.rows(statements.writeReturning(columns)), statements, count)
            outcome.missing = found.map { outcome.proposed - outcome.duplicates - $0 } ?? 0
            return outcome
        }
    }

    private func insertInOrder(
        _ statements: SinkStatements,
        _ columns: [TargetColumn],
        _ count: Int,
        _ connection: Connection
    ) throws -> WriteOutcome {
        guard let key = statements.plan.orderKey else { throw TargetError.orderLost(statements.table) }
        let lines = try connection.rows(statements.insertReturningInOrder(columns, by: key))
        let outcome = try collect(lines, statements, count)
        guard outcome.inserted == count else { throw TargetError.orderLost(statements.table) }
        return outcome
    }

    /// Lines begin with the number of rows proposed and held back, the key of a duplicate and the kind of the change.
    private func collect(
        _ lines: ResultSet,
        _ statements: SinkStatements,
        _ count: Int
    ) throws -> WriteOutcome {
        var outcome = WriteOutcome()
        outcome.proposed = count
        for line in lines {
            let (proposed, heldBack) = try line.decode(Int.self, Int.self)
            let (duplicate, kind) = try line.decode(from: 2, String?.self, String?.self)
            if let duplicate { throw TargetError.duplicateKey(statements.table, key: duplicate) }
            (outcome.duplicates, outcome.heldBack) = (count - proposed, heldBack)
            guard let kind else { continue }
            outcome.count(kind)
            try append(line, from: 4)
        }
        return outcome
    }

    private func append(_ row: Row, from first: Int) throws(PostgresError) {
        do {
            rows.append(try row.decode(from: first, repeat each types))
        } catch {
            throw .decoding(error)
        }
    }
}

extension WriteOutcome {
    /// Counts a row by the letter of its change, see ``SinkStatements/changes(returning:)``.
    fileprivate mutating func count(_ kind: String) {
        switch kind {
        case "i": inserted += 1
        case "u": updated += 1
        case "d": deleted += 1
        default: removed += 1
        }
    }
}

extension SinkPlan {
    /// The key by which the rows of an insert are found again.
    var orderKey: OrderKey? { OrderKey(table, given: columns) }

    /// Why the order of the input cannot be kept; `nil` when it can.
    var obstacleToOrder: String? {
        switch action {
        case _ where hierarchy != nil: "a hierarchy is written level by level; ask for no order."
        case .insert where orderKey == nil:
            "the table has no unique key of NOT NULL columns that the rows bring or that has defaults; "
                + "add the key's columns, or ask for no order."
        case .upsert where key.contains { !$0.isNotNull }:
            "a column of the conflict's key may be NULL; make it NOT NULL, or ask for no order."
        case .insert, .upsert: nil
        case .update, .delete, .synchronize: "only inserts and upserts can; ask for no order."
        }
    }
}

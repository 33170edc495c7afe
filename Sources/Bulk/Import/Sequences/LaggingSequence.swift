public import Postgres

/// A sequence that would soon hand out numbers which are in the table already: rows were stored with numbers of their own.
///
/// The next INSERT that leaves the column to the server fails with a duplicate key, or stores the same number twice.
public struct LaggingSequence: Hashable, Sendable {
    /// The table, as it is written in SQL.
    public let table: String
    /// The column that the sequence fills.
    public let column: String
    /// The sequence, as it is written in SQL.
    public let sequence: String
    /// What it hands out next.
    public let next: Int
    /// The number in the column that is furthest on its way: the largest, or the smallest where it counts down.
    public let furthest: Int
    /// What it adds each time.
    public let increment: Int

    /// How many numbers have to be drawn until the next one is free.
    var distance: Int {
        let (distance, overflow) = furthest.subtractingReportingOverflow(next)
        return overflow ? .max : distance / increment + 1
    }

    private func literal(_ text: String) -> String { "'\(text.replacing("'", with: "''"))'" }

    /// The command that mends it, for somebody who has the table to himself.
    public var statement: String {
        let function = increment > 0 ? "max" : "min"
        let furthest = "SELECT pg_catalog.\(function)(\(Identifier(column).quoted)) FROM \(table)"
        return "SELECT pg_catalog.setval(\(literal(sequence)), (\(furthest)));"
    }
}

extension FileImport {
    /// The sequences of the table that are behind the rows in it.
    ///
    /// - Parameter columns: the columns that were given values; all of the table without it.
    /// - Throws: ``TargetError``, ``PostgresError``.
    public func laggingSequences(
        of columns: [String]? = nil,
        on connection: Connection
    ) throws -> [LaggingSequence] {
        try connection.rows(SequenceStatements.sequences(of: ImportJob.name(table)))
            .map { try SequenceOfColumn($0) }
            .filter { columns?.contains($0.column) ?? true }
            .compactMap { try $0.lag(on: connection) }
    }

    /// Moves a sequence on behind the rows of the table.
    ///
    /// Drawing numbers can only move a sequence on. Setting it could move it back, when others have drawn past the number
    /// that was looked up; so it is set only while a great many numbers lie between (others would have to draw 100,000 of them
    /// during one statement), and drawn from for the rest.
    ///
    /// - Throws: ``TargetError``, ``PostgresError``.
    public func advance(_ sequence: LaggingSequence, on connection: Connection) throws {
        var current: LaggingSequence? = sequence
        while let behind = current {
            if behind.distance > SequenceStatements.mostDrawn {
                _ = try connection.rows(SequenceStatements.set(behind))
            } else {
                _ = try connection.rows(SequenceStatements.draw(behind))
            }
            current = try laggingSequences(of: [sequence.column], on: connection)
                .first { $0.sequence == sequence.sequence }
        }
    }
}

/// A sequence and the column that it fills.
private struct SequenceOfColumn {
    let table: Identifier
    let column: String
    let sequence: Identifier
    let increment: Int
    let least: Int
    let greatest: Int

    init(_ row: Row) throws {
        let (column, schema, name, increment, least, greatest) = try row.decode(
            String.self,
            String.self,
            String.self,
            Int.self,
            Int.self,
            Int.self
        )
        table = try Identifier(row.value(at: 6), row.value(at: 7))
        (self.column, sequence) = (column, Identifier(schema, name))
        (self.increment, self.least, self.greatest) = (increment, least, greatest)
    }

    /// How far it is behind; `nil` when it is not.
    func lag(on connection: Connection) throws -> LaggingSequence? {
        let (last, isCalled) = try connection.queryOne(
            SequenceStatements.place(sequence),
            as: Int.self,
            Bool.self
        )
        let (sum, overflow) = last.addingReportingOverflow(isCalled ? increment : 0)
        // One that is used up hands out nothing that could be there already.
        guard !overflow, sum >= least, sum <= greatest else { return nil }
        let found = try connection.queryOne(
            SequenceStatements.furthest(column, of: table, increment, least...greatest),
            as: Int?.self
        )
        guard let found, increment > 0 ? found >= sum : found <= sum else { return nil }
        return LaggingSequence(
            table: table.quoted,
            column: column,
            sequence: sequence.quoted,
            next: sum,
            furthest: found,
            increment: increment
        )
    }
}

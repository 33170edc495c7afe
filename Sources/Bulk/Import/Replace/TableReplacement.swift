import Digests
package import Postgres

/// A table beside another one, whose place it takes when all rows are in it.
///
/// The old table keeps its rows, and everybody who reads and writes it, until one transaction swaps the two. What others
/// write to it meanwhile is gone then, as all its rows are. Whatever ends the program, the table is either as it was or wholly
/// replaced, and what stands beside it is found by the next one.
package struct TableReplacement: Sendable {
    /// The table with its schema.
    package let table: Identifier
    /// Where the new rows go.
    package let beside: Identifier
    /// The object id of that.
    package let new: Int64
    private let old: Int64
    /// What the table was like when the other one was made after it.
    private let facts: [ReplacementFact]

    /// What to do with a table that an earlier program has left beside.
    package enum Leftover: Sendable {
        /// Go on with it where it is for the same rows, and drop it otherwise.
        case usable
        /// Drop it.
        case dropped
    }

    private static let mark = "caisson import --replace"
    private static let builtMark = "; all built"
}

extension TableReplacement {
    /// Finds out whether a table can be replaced. Nothing is changed.
    ///
    /// - Throws: ``ReplaceError``; `PostgresError`, `TransactionError`.
    package static func check(_ table: Identifier, on connection: Connection) throws {
        let options = TransactionOptions(settings: ReplacementStatements.settings)
        try connection.rolledBackTransaction(options) { connection in
            guard let old = try identity(of: table, on: connection) else { throw ReplaceError.gone(table) }
            try ReplacementStatements(old).checkObstacles(table, on: connection)
        }
    }

    /// Makes the table beside, or finds the one of an earlier program.
    ///
    /// - Parameters:
    ///   - table: the table with its schema.
    ///   - origin: tells the rows of one file, read in one way, from others.
    ///   - onMade: run in the same transaction where the table is made.
    /// - Throws: ``ReplaceError``; `PostgresError`, `TransactionError`.
    package static func prepare(
        _ table: Identifier,
        for origin: String,
        _ leftover: Leftover,
        on connection: Connection,
        onEvent: (ImportEvent) -> Void,
        onMade: (Connection, _ beside: Identifier) throws -> Void
    ) throws -> TableReplacement {
        try explaining(table) {
            try LockPatience().transaction(on: connection, onEvent) { connection in
                let draft = try Draft(table, origin, on: connection)
                if let found = try draft.leftover(leftover, on: connection) { return found }
                try onMade(connection, draft.beside)
                return try draft.make(on: connection)
            }
        }
    }

    /// The table as it is, and what is to be made after it.
    private struct Draft {
        let table: Identifier
        let beside: Identifier
        let old: Int64
        let facts: [ReplacementFact]
        let mark: String

        init(_ table: Identifier, _ origin: String, on connection: Connection) throws {
            try connection.execute(ReplacementStatements.keep(table))
            guard let old = try TableReplacement.identity(of: table, on: connection) else {
                throw ReplaceError.gone(table)
            }
            let statements = ReplacementStatements(old)
            try statements.checkObstacles(table, on: connection)
            (self.table, self.old) = (table, old)
            facts = try connection.rows(statements.facts).map { try ReplacementFact($0) }
            let name = try connection.queryOne(statements.name, as: String.self)
            beside = Identifier(parts: table.parts.dropLast() + [name])
            let known = facts.filter(\.isBuilt).map { "\($0.kind)\u{0}\($0.name)\u{0}\($0.definition)" }
            let digest = SHA256.hex(Array((known + [origin]).joined(separator: "\u{0}").utf8))
            mark = "\(TableReplacement.mark): new rows of \(table), of no use when no import runs (\(digest))"
        }

        func leftover(_ leftover: Leftover, on connection: Connection) throws -> TableReplacement? {
            let found = try connection.queryOptional(
                ReplacementStatements(old).beside,
                as: Int64.self,
                String.self,
                Bool.self
            )
            guard let (new, comment, mayBeOurs) = found else { return nil }
            guard mayBeOurs, comment.hasPrefix(TableReplacement.mark) else {
                throw ReplaceError.nameTaken(table, by: beside)
            }
            if leftover == .usable, comment.hasPrefix(mark) {
                try connection.run(ReplacementStatements(old, new).dropsOfSelfReferences)
                return replacement(new)
            }
            try connection.execute(ReplacementStatements.drop(beside))
            return nil
        }

        func make(on connection: Connection) throws -> TableReplacement {
            let create = try connection.queryOne(ReplacementStatements(old).create, as: String.self)
            try connection.execute(SQL(unsafe: create))
            guard let new = try TableReplacement.identity(of: beside, on: connection) else {
                throw ReplaceError.gone(table)
            }
            try connection.run(ReplacementStatements(new).revocations)
            try connection.run(ReplacementStatements(old, new).shape)
            try connection.execute(ReplacementStatements.mark(beside, mark))
            return replacement(new)
        }

        private func replacement(_ new: Int64) -> TableReplacement {
            TableReplacement(table: table, beside: beside, new: new, old: old, facts: facts)
        }
    }
}

extension TableReplacement {
    /// Makes what is better made when all rows are there. Nobody but us knows the table, so there is nobody to wait for.
    ///
    /// - Throws: as ``prepare(_:for:_:on:onEvent:onMade:)``.
    package func build(_ statistics: FileImport.Statistics, on connection: Connection) throws {
        try Self.explaining(table) {
            let options = TransactionOptions(settings: ReplacementStatements.settings)
            try connection.transaction(options) { connection in
                let found = try connection.queryOptional(
                    ReplacementStatements(old).beside,
                    as: Int64.self,
                    String.self,
                    Bool.self
                )
                guard let (id, comment, _) = found, id == new else {
                    // It has the place of the other already, or is gone; the swap will see.
                    return
                }
                let statements = ReplacementStatements(old, new)
                try connection.run(statements.selfReferences)
                guard !comment.hasSuffix(Self.builtMark) else { return }
                try connection.run(statements.build)
                try connection.execute(ReplacementStatements.mark(beside, comment + Self.builtMark))
            }
            guard statistics != .never, try Self.identity(of: beside, on: connection) == new else { return }
            _ = try connection.transaction(of: ImportStatements.analyze(beside))
        }
    }

    /// Puts the table in the place of the other one, which is gone with it.
    ///
    /// What both are like is read and compared behind the last statement, under the lock: where one thing differs all is
    /// taken back.
    ///
    /// - Parameter onSwapped: run at the end of the same transaction.
    /// - Throws: as ``prepare(_:for:_:on:onEvent:onMade:)``, and what `onSwapped` throws.
    package func swap(
        on connection: Connection,
        onEvent: (ImportEvent) -> Void,
        onSwapped: (Connection) throws -> Void
    ) throws {
        try Self.explaining(table) {
            try LockPatience().transaction(on: connection, onEvent) { connection in
                // A COMMIT whose answer was lost may have come through.
                guard try Self.identity(of: table, on: connection) != new else { return }
                try lock(on: connection)
                try exchange(on: connection)
                try onSwapped(connection)
            }
        }
    }

    /// Drops the table beside, where that is possible; what it was made for has failed.
    package func discard(on connection: Connection) {
        let options = TransactionOptions(settings: ReplacementStatements.settings)
        _ = try? connection.transaction(options) { connection in
            guard try Self.identity(of: beside, on: connection) == new else { return }
            try connection.execute(ReplacementStatements.drop(beside))
        }
    }

    private func lock(on connection: Connection) throws {
        guard try Self.identity(of: table, on: connection) == old else { throw ReplaceError.gone(table) }
        try connection.run(ReplacementStatements(old, new).locks)
        // The name may have got another table while we waited.
        guard try Self.identity(of: table, on: connection) == old,
            try Self.identity(of: beside, on: connection) == new
        else { throw ReplaceError.gone(table) }
    }

    private func exchange(on connection: Connection) throws {
        let (before, after) = (ReplacementStatements(old, new), ReplacementStatements(new))
        try before.checkObstacles(table, on: connection)
        let now = try connection.rows(before.facts).map { try ReplacementFact($0) }
        let changes = ReplacementFact.differences(facts.filter(\.isBuilt), now.filter(\.isBuilt))
        guard changes.isEmpty else { throw ReplaceError.changed(table, changes) }
        let grants = try connection.query(before.grants, as: String.self)
        try connection.run(before.swap)
        try connection.run(after.revocations)
        for grant in grants { try connection.execute(SQL(unsafe: grant)) }
        let became = try connection.rows(after.facts).map { try ReplacementFact($0) }
        let differences = ReplacementFact.differences(now, became)
        guard differences.isEmpty else { throw ReplaceError.different(table, differences) }
    }

    private static func identity(of table: Identifier, on connection: Connection) throws -> Int64? {
        try connection.queryOne(ReplacementStatements.identity(of: table), as: Int64?.self)
    }

    /// Says of which table the server refused something.
    private static func explaining<Value>(_ table: Identifier, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch PostgresError.server(let error)
            where !error.endsSession && error.sqlState != .lockNotAvailable
            && error.sqlState != .queryCanceled
        {
            throw ReplaceError.refused(table, error)
        }
    }
}

extension ReplacementStatements {
    fileprivate func checkObstacles(_ table: Identifier, on connection: Connection) throws {
        let found = try connection.rows(obstacles).map { try ReplaceObstacle($0) }
        guard found.isEmpty else { throw ReplaceError.notReplaceable(table, found) }
    }
}

extension Connection {
    /// Runs the statements that a query returns, which are all read before the first one runs.
    fileprivate func run(_ statements: SQL) throws(PostgresError) {
        for statement in try query(statements, as: String.self) { try execute(SQL(unsafe: statement)) }
    }
}

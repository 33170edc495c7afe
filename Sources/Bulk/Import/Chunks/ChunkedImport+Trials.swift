import Postgres

// Trying rows out: what is stored here is rolled back, whatever the server says.

extension ChunkedImport {
    /// A row of the chunk, and what the server says about it.
    typealias Refused = (index: Int, refusal: ServerError)

    /// The first row of a part because of which the server refused it; `nil` when that cannot be said. It may be another row
    /// than the one that the server met first, and be refused for another reason.
    ///
    /// For what the server says at the end of a statement or at COMMIT, without a line: a foreign key, a deferred constraint, an
    /// exception of an AFTER trigger.
    func guiltyRow(
        in range: Range<Int>,
        of chunk: borrowing ImportChunk,
        _ refusal: ServerError
    ) -> Refused? {
        guard refusal.isAboutRow, chunk.reading == .whole else { return nil }
        guard range.count > 1 else { return range.first.map { ($0, refusal) } }
        // Where the trial itself fails, for instance with the connection, the first error is the one to be told.
        for check in [ConstraintCheck.asDeclared, .atOnce] {
            let found = try? trial { connection in
                try narrowed(range, of: chunk, refusal, check, on: connection)
            }
            if let found { return found }
        }
        return nil
    }

    /// When constraints are checked.
    enum ConstraintCheck {
        /// Deferred ones not at all, because there is no COMMIT.
        case asDeclared
        /// At the end of each part.
        case atOnce
    }

    /// Goes on by halves: those that are taken stay in the trial, so that a row is met by the same rows as before.
    func narrowed(
        _ range: Range<Int>,
        of chunk: borrowing ImportChunk,
        _ refusal: ServerError,
        _ check: ConstraintCheck,
        on connection: Connection
    ) throws -> Refused? {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end {
            let part = start..<(start + max(1, (end - start) / 2))
            guard let found = try tried(part, of: chunk, check, on: connection) else {
                start = part.upperBound
                continue
            }
            end = part.upperBound
            guard part.count == 1 else { continue }
            if found.isAboutKey { return (start, found) }
            guard found.says(the: refusal) else { return nil }
            if check == .asDeclared { return (start, found) }
            // A deferred trigger may be about many rows together; then it takes none alone, and says the same of the others.
            if start > range.lowerBound { return (start, found) }
            let others = try tried(end..<range.upperBound, of: chunk, check, on: connection)
            return others.map { $0.says(the: found) } == true ? nil : (start, found)
        }
        return nil
    }

    /// What the server refuses about some rows; `nil` when it takes them, and they stay for the rest of the trial.
    func tried(
        _ range: Range<Int>,
        of chunk: borrowing ImportChunk,
        _ check: ConstraintCheck,
        on connection: Connection
    ) throws -> ServerError? {
        try connection.execute(ImportStatements.tryPart)
        do {
            if merge != nil { try connection.execute(ImportStatements.emptyStaging) }
            _ = try send(range, of: chunk, on: connection)
            if let merge { _ = try job.merge(staged: range.count, merge, on: connection) }
            if check == .atOnce { try connection.execute(ImportStatements.checkConstraints) }
            try connection.execute(ImportStatements.keepPart)
            return nil
        } catch PostgresError.server(let refusal) {
            try connection.execute(ImportStatements.takePartBack)
            try connection.execute(ImportStatements.keepPart)
            return refusal
        }
    }

    /// Runs something that leaves nothing behind.
    func trial<Value>(_ body: (Connection) throws -> Value) throws -> Value {
        guard commits == .eachChunk else {
            try connection.execute(ImportStatements.savepoint)
            let value = Result { try body(connection) }
            try connection.execute(ImportStatements.rollBack)
            try connection.execute(ImportStatements.release)
            return try value.get()
        }
        return try ledger.watching(connection) {
            try connection.rolledBackTransaction { connection in
                let first = committed.offset == 0 ? job.clearing : []
                _ = try connection.rows(ofAll: first + (merge == nil ? [] : job.staging))
                return try body(connection)
            }
        }
    }
}

extension ServerError {
    /// Whether it is about the same as another one. Messages of triggers may hold numbers of sequences, which differ.
    func says(the other: ServerError) -> Bool {
        sqlState == other.sqlState && constraint == other.constraint
            && (constraint != nil || message == other.message)
    }

    /// Whether it is about the values of a row, which that row is guilty of whatever stands behind it.
    fileprivate var isAboutKey: Bool { sqlState.rawValue.hasPrefix("23") }
}

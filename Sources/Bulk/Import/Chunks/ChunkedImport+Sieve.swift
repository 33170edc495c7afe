import Postgres

/// The rows that are tried behind one that was refused.
private let fewRows = 16

// Many refused rows in one chunk.

extension ChunkedImport {
    /// How far the rows of a chunk are tried out.
    enum SieveDepth {
        /// Up to the staging table, which has the types and checks of the real one.
        case staging
        /// To the end of the statement that writes them.
        case table
    }

    /// Finds the rows of a chunk that the server refuses and marks them, so that the others can be stored at once. Whether
    /// there are any.
    ///
    /// It costs one COPY for each of them, where storing what is between them would be a transaction for each. Everything
    /// happens in a trial, in the order of the file.
    ///
    /// A deferred foreign key is first heard of at COMMIT. It says the same of a row whenever it is asked, so where no trigger may add what it
    /// refers to it is asked at once: a row that it refuses must not be in the way of a later one with the same key. Elsewhere, and of
    /// what another deferred constraint says, which may depend on the rows that follow, it is asked when the server has refused one.
    func sieve(_ chunk: inout ImportChunk, after error: any Error, _ depth: SieveDepth) -> Bool {
        if sieve(&chunk, after: error, depth, .asDeclared) { return true }
        guard refusal(in: error)?.sqlState == .foreignKeyViolation else { return false }
        return sieve(&chunk, after: error, .table, .atOnce)
    }

    private func sieve(
        _ chunk: inout ImportChunk,
        after error: any Error,
        _ depth: SieveDepth,
        _ check: ConstraintCheck
    ) -> Bool {
        guard maxSkipped - totals.skipped - chunk.failureCount > 1, chunk.reading == .whole,
            let refusal = refusal(in: error), refusal.isAboutRow
        else { return false }
        let earlier = chunk.failureCount
        askServer(&chunk, check)
        guard chunk.failureCount == earlier else { return true }
        // Where the trial fails, those that were found are left out all the same.
        try? trial { connection in
            var sieve = Sieve()
            try checkEarly(check, on: connection)
            sieve.width = named(by: refusal, in: chunk.all, of: chunk) ?? chunk.entries.count
            try connection.execute(ImportStatements.tryPart)
            while sieve.kept < chunk.entries.count, totals.skipped + chunk.failureCount < maxSkipped {
                try step(&sieve, &chunk, depth, on: connection)
            }
        }
        return chunk.failureCount > earlier
    }

    private func checkEarly(_ check: ConstraintCheck, on connection: Connection) throws {
        if check == .atOnce { try connection.execute(ImportStatements.checkConstraints) }
        guard check == .asDeclared, job.table.isPlain else { return }
        let keys = try connection.query(
            ImportStatements.deferredKeys(of: job.table.name),
            as: String.self,
            String.self
        )
        guard !keys.isEmpty else { return }
        try connection.execute(ImportStatements.check(keys.map { Identifier($0.0, $0.1) }))
    }

    /// Marks the rows that the server finds by itself.
    private func askServer(_ chunk: inout ImportChunk, _ check: ConstraintCheck) {
        guard merge == nil, job.table.isPlain else { return }
        let most = maxSkipped - totals.skipped - chunk.failureCount
        let sieve = ServerSieve(
            table: job.table,
            columns: job.mapping.columns,
            ordinal: job.ordinal
        )
        // A server without PL/pgSQL has them looked for one by one.
        let refused = try? trial { connection in
            try checkEarly(check, on: connection)
            try sieve.prepare(on: connection)
            let sent = try connection.copyIn(sieve.copy) { try write(chunk.all, of: chunk, to: $0) }
            return try sieve.refused(sent, atMost: most, on: connection)
        }
        let indices = chunk.goodParts(of: chunk.all).flatMap { Array($0) }
        for row in refused ?? [] {
            chunk.refuse(indices[row.number - 1], .init(reason: row.reason, sqlState: row.sqlState))
        }
    }

    /// Where a trial stands.
    private struct Sieve {
        /// The rows before are stored in the trial, but for those that are refused.
        var kept = 0
        /// The rows before were tried.
        var position = 0
        /// How many are tried next.
        var width = 1
        /// Whether rows were tried that are good and not stored.
        var hasLeftBehind = false
        /// A row that is refused when those before it are stored.
        var suspect: Refused?

        /// Begins again behind the rows that are stored.
        mutating func goBack(to end: Int) {
            (position, width, hasLeftBehind) = (kept, end - kept, false)
        }

        mutating func goOn(at index: Int, behind count: Int) {
            (position, width) = (index, max(fewRows, 2 * count))
        }
    }

    /// Tries the next rows.
    private func step(
        _ sieve: inout Sieve,
        _ chunk: inout ImportChunk,
        _ depth: SieveDepth,
        on connection: Connection
    ) throws {
        let count = chunk.entries.count
        // At the end those that were tried by themselves are tried together.
        if sieve.position >= count { sieve.goBack(to: count) }
        let part = sieve.position..<min(sieve.position + max(1, sieve.width), count)
        guard let refused = try refused(part, of: chunk, depth, on: connection) else {
            return try pass(part, &sieve, &chunk, on: connection)
        }
        let isFirst = chunk.goodParts(of: part.lowerBound..<refused.index).isEmpty
        if refused.refusal.isAboutRowAlone || isFirst && !sieve.hasLeftBehind {
            mark(refused, &chunk)
            if isFirst, !sieve.hasLeftBehind {
                sieve.kept = refused.index + 1
            } else {
                sieve.hasLeftBehind = true
            }
            sieve.goOn(at: refused.index + 1, behind: refused.index - part.lowerBound)
        } else {
            // The rows before it first: it may be taken without one that is not.
            sieve.goBack(to: refused.index)
            sieve.suspect = refused
        }
    }

    /// Goes on behind rows that are good.
    private func pass(
        _ part: Range<Int>,
        _ sieve: inout Sieve,
        _ chunk: inout ImportChunk,
        on connection: Connection
    ) throws {
        guard !sieve.hasLeftBehind else {
            try connection.execute(ImportStatements.takePartBack)
            return sieve.goOn(at: part.upperBound, behind: part.count)
        }
        try connection.runScript(ImportStatements.nextPart)
        sieve.kept = part.upperBound
        if let suspect = sieve.suspect, suspect.index == part.upperBound {
            mark(suspect, &chunk)
            sieve.kept += 1
        }
        sieve.suspect = nil
        sieve.goOn(at: sieve.kept, behind: part.count)
    }

    private func mark(_ refused: Refused, _ chunk: inout ImportChunk) {
        let code = refused.refusal.sqlState.rawValue
        chunk.refuse(refused.index, .init(reason: Self.reason(refused.refusal), sqlState: code))
    }

    /// The first row of a part that is refused. Nothing of the part is stored then.
    private func refused(
        _ part: Range<Int>,
        of chunk: borrowing ImportChunk,
        _ depth: SieveDepth,
        on connection: Connection
    ) throws -> Refused? {
        do {
            if merge != nil, depth == .table { try connection.execute(ImportStatements.emptyStaging) }
            _ = try send(part, of: chunk, on: connection)
            if let merge, depth == .table { _ = try job.merge(staged: part.count, merge, on: connection) }
            return nil
        } catch PostgresError.server(let refusal) {
            try connection.execute(ImportStatements.takePartBack)
            guard refusal.isAboutRow else { throw PostgresError.server(refusal) }
            if let index = named(by: refusal, in: part, of: chunk) { return (index, refusal) }
            if part.count == 1 { return (part.lowerBound, refusal) }
            let found = try narrowed(part, of: chunk, refusal, .asDeclared, on: connection)
            try connection.execute(ImportStatements.takePartBack)
            guard let found else { throw PostgresError.server(refusal) }
            return found
        }
    }

    /// Stores what was not marked. What only the merge of the staged rows has found out is looked for then.
    func storeSieved(_ chunk: inout ImportChunk) throws {
        do {
            try store(chunk.all, of: chunk)
        } catch {
            if sieve(&chunk, after: error, .table) { return try retry(chunk.all, of: chunk, attempt: 1) }
            try recover(chunk.all, of: chunk, from: error, attempt: 1)
        }
    }

    /// The record that the context of an error names.
    func named(by refusal: ServerError, in range: Range<Int>, of chunk: borrowing ImportChunk) -> Int? {
        guard let context = CopyContext(refusal, table: relation) else { return nil }
        return chunk.index(ofRow: context.row, in: range)
    }
}

extension ServerError {
    /// Whether it says something about a row whatever other rows are stored: a wrong value, a check, a foreign key.
    fileprivate var isAboutRowAlone: Bool {
        sqlState.rawValue.hasPrefix("22") || ["23502", "23514", "23503"].contains(sqlState.rawValue)
    }
}

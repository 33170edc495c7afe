import CLibPQ

extension Connection {
    /// Runs a statement and returns the number of rows that it changed or returned.
    ///
    /// ```swift
    /// let removed = try connection.execute("DELETE FROM visit WHERE at < \(limit)")
    /// ```
    ///
    /// - Throws: ``PostgresError``: the server's refusal, a lost connection, or a COPY, which has its own functions.
    @discardableResult
    public func execute(_ sql: SQL) throws(PostgresError) -> Int {
        try rows(sql).affectedRows
    }

    /// Runs a statement and returns its rows, all of which are held in memory.
    ///
    /// ```swift
    /// for row in try connection.rows("SELECT id, name FROM city", format: .binary) {
    ///     let (id, name) = try row.decode(Int64.self, String.self)
    /// }
    /// ```
    ///
    /// - Parameter format: how the fields come: text works for every type, binary is faster to decode. With types that
    ///   were made in the database, the first binary result of a connection costs one look into the catalog.
    /// - Throws: as ``execute(_:)``.
    public func rows(_ sql: SQL, format: Format = .text) throws(PostgresError) -> ResultSet {
        let text = sql.text
        let parameters = sql.parameters
        try Self.refuseNUL(in: text, parameters)
        try send(text, parameters, format)
        let result = try ResultSet(finishOrdinary(statement: text))
        if format == .binary { try lookUpTypes(of: result) }
        return result
    }

    /// Runs a statement and decodes all its rows: `query("SELECT id, name FROM city", as: Int64.self, String.self)`.
    ///
    /// - Throws: as ``execute(_:)``; ``PostgresError/decoding(_:)`` that names column and row.
    public func query<each Value: PostgresDecodable>(
        _ sql: SQL,
        as types: repeat (each Value).Type
    ) throws(PostgresError) -> [(repeat each Value)] {
        let result = try rows(sql)
        var decoded: [(repeat each Value)] = []
        decoded.reserveCapacity(result.count)
        for row in result {
            do {
                decoded.append(try row.decode(repeat each types))
            } catch {
                throw .decoding(error)
            }
        }
        return decoded
    }

    /// Runs a statement that returns at most one row.
    ///
    /// ```swift
    /// let name = try connection.queryOptional("SELECT name FROM city WHERE id = \(id)", as: String.self)
    /// ```
    ///
    /// - Throws: as ``query(_:as:)``; ``PostgresError/invalidArgument(_:)`` when there are several.
    public func queryOptional<each Value: PostgresDecodable>(
        _ sql: SQL,
        as types: repeat (each Value).Type
    ) throws(PostgresError) -> (repeat each Value)? {
        let decoded = try query(sql, as: repeat each types)
        guard decoded.count <= 1 else {
            throw .invalidArgument("expected at most one row, got \(decoded.count): \(sql)")
        }
        return decoded.first
    }

    /// Runs a statement that returns exactly one row.
    ///
    /// ```swift
    /// let (count, last) = try connection.queryOne("SELECT count(*), max(id) FROM city", as: Int.self, Int64?.self)
    /// ```
    ///
    /// - Throws: as ``query(_:as:)``; ``PostgresError/invalidArgument(_:)`` when there is none, or several.
    public func queryOne<each Value: PostgresDecodable>(
        _ sql: SQL,
        as types: repeat (each Value).Type
    ) throws(PostgresError) -> (repeat each Value) {
        guard let row = try queryOptional(sql, as: repeat each types) else {
            throw .invalidArgument("expected one row, got none: \(sql)")
        }
        return row
    }

    /// Has the server parse a statement, with its names and types looked up, and nothing run. The values do not matter.
    package func parse(_ sql: SQL) throws(PostgresError) {
        let text = sql.text
        let types = sql.parameters.map(\.type.rawValue)
        guard PQsendPrepare(try open(), "", text, Int32(types.count), types) == 1 else { throw lost() }
        PQclear(try finish(statement: text))
    }

    /// Sends text as it is, in the simple protocol: several statements in one message, which the server runs as one
    /// transaction unless the text says otherwise. It takes no parameters and returns nothing.
    ///
    /// ```swift
    /// try connection.runScript("CREATE TABLE city (id bigint); CREATE INDEX ON city (id)")
    /// ```
    ///
    /// - Throws: ``PostgresError`` of the first statement that fails.
    public func runScript(_ text: String) throws(PostgresError) {
        _ = try resultOfScript(text)
    }

    /// Sends statements without parameters in one message of the simple protocol, and returns the result of the last.
    @discardableResult
    package func runScript(_ statements: [SQL]) throws(PostgresError) -> ResultSet {
        try resultOfScript(statements.joined(separator: ";\n").text)
    }

    private func resultOfScript(_ text: String) throws(PostgresError) -> ResultSet {
        try sendScript(text)
        return ResultSet(try finishOrdinary(statement: text))
    }

    /// Sends text in the simple protocol and leaves the answer to be read.
    func sendScript(_ text: String) throws(PostgresError) {
        try Self.refuseNUL(in: text)
        let handle = try open()
        guard text.withCString({ PQsendQuery(handle, $0) }) == 1 else { throw sendFailure(handle) }
    }

    /// libpq takes texts as C strings: what follows a NUL would be cut off without a word.
    static func refuseNUL(in text: String, _ parameters: [Parameter] = []) throws(PostgresError) {
        guard !hasNUL(text) else {
            throw .invalidArgument("a statement may not hold a NUL character")
        }
        for parameter in parameters where parameter.format == .text && parameter.whole?.contains(0) == true {
            throw .invalidArgument("a text value may not hold a NUL character, PostgreSQL cannot store it")
        }
    }

    /// Over the bytes themselves where they lie in one piece: text is most of what is sent for migrations.
    private static func hasNUL(_ text: String) -> Bool {
        text.utf8.withContiguousStorageIfAvailable { $0.contains(0) } ?? text.utf8.contains(0)
    }

    /// Sends a statement, which holds no NUL, in the extended protocol and leaves the answer to be read.
    func send(_ text: String, _ parameters: [Parameter], _ format: Format) throws(PostgresError) {
        let handle = try open()
        let sent = Self.withPointers(to: parameters) { pointers in
            // Where a C string is asked for, Swift makes a copy unless it is lent one, and a statement may have 60 MB.
            text.withCString { text in
                PQsendQueryParams(
                    handle,
                    text,
                    Int32(parameters.count),
                    parameters.map(\.type.rawValue),
                    pointers,
                    parameters.map { Int32($0.count) },
                    parameters.map(\.format.rawValue),
                    format.rawValue
                )
            }
        }
        guard sent == 1 else { throw sendFailure(handle) }
    }

    /// The same for a statement that the session has under a name.
    func sendPrepared(
        _ name: String,
        _ parameters: [Parameter],
        over handle: OpaquePointer
    ) throws(PostgresError) {
        let sent = Self.withPointers(to: parameters) { pointers in
            let lengths = parameters.map { Int32($0.count) }
            let formats = parameters.map(\.format.rawValue)
            return PQsendQueryPrepared(handle, name, Int32(parameters.count), pointers, lengths, formats, 0)
        }
        guard sent == 1 else { throw sendFailure(handle) }
    }

    /// Why libpq did not send: the connection is gone, or the request is one that cannot be sent now.
    func sendFailure(_ handle: OpaquePointer) -> PostgresError {
        guard PQstatus(handle) != CONNECTION_OK else {
            return .invalidArgument(String(cString: PQerrorMessage(handle)).trimmed)
        }
        // The server's last words may have arrived before this was sent; libpq reads them when it is asked for an answer.
        PQclear(PQgetResult(handle))
        return lost()
    }

    /// Lends C strings for all parameters; each gets the NUL that libpq's text format asks for. Large arrays are lent as they are:
    /// with a copy of each, the batches of two workers took 4 MiB more.
    static func withPointers(
        to parameters: [Parameter],
        _ body: ([UnsafePointer<CChar>?]) -> Int32
    ) -> Int32 {
        let large = parameters.indices.filter { isLentInPlace(parameters[$0]) }.prefix(mostLentInPlace)
        var storage: [UInt8] = []
        var offsets: [Int?] = []
        for (position, parameter) in parameters.enumerated() {
            guard parameter.whole != nil, !large.contains(position), let bytes = parameter.bytes else {
                offsets.append(nil)
                continue
            }
            offsets.append(storage.count)
            storage.append(contentsOf: bytes)
            storage.append(0)
        }
        return storage.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            var pointers = offsets.map { offset in offset.flatMap { base?.advanced(by: $0) } }
            return lend(parameters, at: large[...], &pointers, body)
        }
    }

    /// Each lives as long as the closure within which the next one is lent.
    private static let mostLentInPlace = 64

    private static func isLentInPlace(_ parameter: Parameter) -> Bool {
        parameter.format == .binary && parameter.count >= 4096
    }

    private static func lend(
        _ parameters: [Parameter],
        at positions: ArraySlice<Int>,
        _ pointers: inout [UnsafePointer<CChar>?],
        _ body: ([UnsafePointer<CChar>?]) -> Int32
    ) -> Int32 {
        guard let position = positions.first, let whole = parameters[position].whole else {
            return body(pointers)
        }
        let start = parameters[position].part?.lowerBound ?? 0
        return whole.withUnsafeBytes { buffer in
            pointers[position] = buffer.baseAddress?.assumingMemoryBound(to: CChar.self).advanced(by: start)
            return lend(parameters, at: positions.dropFirst(), &pointers, body)
        }
    }
}

/// What lends a connection to a synchronous closure: a ``Session``, or a ``SessionPool`` that has several.
///
/// Work that asks for no more than this runs over either, see `write(_:to:options:isolation:_:)` in `Bulk`.
///
/// ```swift
/// func countCities(_ database: some ConnectionLender) async throws -> Int {
///     try await database.withConnection { try $0.queryOne("SELECT count(*) FROM city", as: Int.self) }
/// }
/// ```
public protocol ConnectionLender: Sendable {
    /// Lends a connection to `body`, for as long as that runs.
    ///
    /// - Throws: ``PostgresError`` when there is no connection, ``PoolError`` when none became free in time,
    ///   `CancellationError` when the task was cancelled, and whatever `body` throws.
    func withConnection<Value: Sendable>(
        _ body: @Sendable (Connection) throws -> Value
    ) async throws -> Value
}

extension Session: ConnectionLender {}
extension SessionPool: ConnectionLender {}

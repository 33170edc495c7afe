/// What can go wrong between this program and the server.
public enum PostgresError: Error, Sendable {
    /// No connection could be made, or the one there was is gone.
    case connection(ConnectionFailure)
    /// The server refused a statement.
    case server(ServerError)
    /// A result holds something else than was asked for.
    case decoding(DecodingFailure)
    /// A value or an argument cannot be sent.
    case invalidArgument(String)

    /// The server's code, where there is one.
    public var sqlState: SQLState? {
        switch self {
        case .server(let error): error.sqlState
        case .connection(let failure): failure.sqlState
        case .decoding, .invalidArgument: nil
        }
    }

    /// Whether the session is gone; what it had not committed is rolled back by the server.
    public var isConnectionLost: Bool {
        switch self {
        case .connection: true
        case .server(let error): error.endsSession
        case .decoding, .invalidArgument: false
        }
    }

    /// Whether the same transaction may well succeed when it is tried again.
    public var isTransient: Bool {
        if case .connection(let failure) = self { return failure.isTransient }
        guard let sqlState else { return false }
        return switch sqlState {
        case .transactionRollback, .insufficientResources, .connectionException: true
        case .lockNotAvailable, .adminShutdown, .crashShutdown, .cannotConnectNow: true
        case .idleSessionTimeout, .idleInTransactionSessionTimeout: true
        default: false
        }
    }
}

extension PostgresError: CustomStringConvertible {
    /// The message for people.
    public var description: String {
        switch self {
        case .connection(let failure): failure.description
        case .server(let error): error.description
        case .decoding(let failure): failure.description
        case .invalidArgument(let reason): reason
        }
    }
}

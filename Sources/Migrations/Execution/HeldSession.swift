import Postgres

/// The session that holds the migration lock, as the run believes it to be.
struct HeldSession {
    /// The key of the lock.
    let lockKey: Int64
    /// The backend; behind a pooler not the one that the connection was told of.
    let backend: Int32
    /// The role that connected.
    let login: String
    /// What the session begins with for a role that it has put on: `none`, unless the role is told otherwise by `ALTER ROLE`.
    let role: String

    /// Why a statement of ours was not run: something was not as believed.
    enum Doubt: Equatable {
        /// The lock is not held any more.
        case lockLost
        /// The transaction is not the one that was begun.
        case otherTransaction
        /// A pooler has given us another backend.
        case otherSession(Int32)

        /// Reads the error by which ``SessionStatements/takeOver(_:in:lockLimit:)`` fails; nil for any other. The words around
        /// are in the server's language.
        init?(_ error: any Error) {
            guard case .server(let server)? = error as? PostgresError, server.sqlState.rawValue == "22P02",
                let found = server.message.firstRange(of: "caisson:")
            else { return nil }
            let word = server.message[found.upperBound...].prefix { $0.isLetter || $0 == ":" || $0.isNumber }
            switch word {
            case "lock": self = .lockLost
            case "transaction": self = .otherTransaction
            default:
                guard let backend = Int32(word.drop { !$0.isNumber }) else { return nil }
                self = .otherSession(backend)
            }
        }
    }
}

/// Why there is no connection, or no longer.
public struct ConnectionFailure: Error, Sendable {
    /// What kind of trouble it is, which decides the advice.
    public enum Kind: Sendable, Hashable {
        /// Nobody answers at the address.
        case unreachable
        /// The server does not let this user in.
        case authentication
        /// The server has no such database.
        case databaseMissing
        /// The server is starting up, shutting down or full.
        case busy
        /// The connection broke while it was in use.
        case lost
        /// The session was ended while nobody used it: nothing was under way, so nothing is in doubt.
        case endedWhileIdle
        /// Anything else.
        case other
    }

    /// What kind of trouble it is.
    public let kind: Kind
    /// The server's code, when the server answered at all.
    public let sqlState: SQLState?
    /// The reason in libpq's or the server's words, without secrets.
    public let message: String
    /// What was asked for, for instance `host=db.example port=5432 dbname=shop user=app`.
    public let target: String

    package init(kind: Kind, sqlState: SQLState? = nil, message: String, target: String) {
        self.kind = kind
        self.sqlState = sqlState
        self.message = message
        self.target = target
    }

    /// Whether trying again later may help.
    public var isTransient: Bool {
        switch kind {
        case .unreachable, .busy, .lost, .endedWhileIdle: true
        case .authentication, .databaseMissing, .other: false
        }
    }

    private var hint: String {
        switch kind {
        case .unreachable:
            "Check the address, and that the server is running: pg_isready with the same host and port tells."
        case .authentication: "Check the user and the password (PGPASSWORD, ~/.pgpass or the URL)."
        case .databaseMissing: "Check the name, or create it: createdb NAME."
        case .busy: "Try again in a moment."
        case .lost, .endedWhileIdle: "Run the same command again: it goes on where it stopped."
        case .other: "Check the connection settings (--database, DATABASE_URL or PG* variables)."
        }
    }
}

extension ConnectionFailure: CustomStringConvertible {
    /// What was tried, why it failed and what to do.
    public var description: String {
        "\(what) (\(target)): \(message)\n\(hint)"
    }

    private var what: String {
        switch kind {
        case .lost: "Lost the connection"
        case .endedWhileIdle: "The session was ended while it was idle"
        case .unreachable, .authentication, .databaseMissing, .busy, .other: "Cannot connect"
        }
    }
}

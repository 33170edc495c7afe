/// How a transaction begins: its isolation, its access and the settings that hold until it ends.
public struct TransactionOptions: Sendable {
    /// What the transaction sees of others.
    public enum Isolation: String, Sendable {
        case readCommitted = "READ COMMITTED"
        case repeatableRead = "REPEATABLE READ"
        case serializable = "SERIALIZABLE"
    }

    /// Whether the transaction may write.
    public enum Access: Sendable {
        /// What the session allows: an operator who made a role read-only by default meant it.
        case standard
        /// Nothing may be written.
        case readOnly
    }

    /// READ COMMITTED, the server's own default, said so that a changed default does not matter.
    public var isolation: Isolation = .readCommitted
    /// What the session allows.
    public var access: Access = .standard
    /// `SET LOCAL` for each; they leave with the transaction, so nothing leaks through a pooler.
    public var settings: [Setting] = []

    /// A configuration parameter of the server and its value, for instance `lock_timeout` and `2s`.
    public struct Setting: Sendable, Hashable {
        /// The parameter.
        public let name: String
        /// Its value in the server's own notation.
        public let value: String

        /// Pairs a parameter with its value.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }

        /// `SET LOCAL`, for the rest of a transaction.
        ///
        /// `SET` takes a quoted text for one name, so that a search path of several schemas would become one schema with
        /// commas in its name; `set_config` reads it as a list.
        public var script: SQL {
            name.lowercased() == "search_path"
                ? "SELECT pg_catalog.set_config(\(literal: name), \(literal: value), true)"
                : "SET LOCAL \(identifier: name) = \(literal: value)"
        }
    }

    /// How long settings hold.
    package enum Scope: Sendable {
        /// For the rest of the transaction.
        case transaction
        /// For the rest of the session.
        case session
    }

    /// Makes options; what is not given keeps its default.
    public init(isolation: Isolation = .readCommitted, access: Access = .standard, settings: [Setting] = []) {
        self.isolation = isolation
        self.access = access
        self.settings = settings
    }

    /// BEGIN and every setting, to be sent in one message.
    var beginStatements: [SQL] {
        let readOnly: SQL = access == .readOnly ? " READ ONLY" : ""
        let begin: SQL = "BEGIN ISOLATION LEVEL \(unsafe: isolation.rawValue)\(readOnly)"
        return [begin] + settings.map(\.script)
    }
}

extension [TransactionOptions.Setting] {
    /// One statement that makes all of them; there must be one.
    package func statement(for scope: TransactionOptions.Scope) -> SQL {
        "SELECT \(calls(for: scope).joined(separator: ", "))"
    }

    /// The expressions that make them, for a statement that does more.
    package func calls(for scope: TransactionOptions.Scope) -> [SQL] {
        map { "pg_catalog.set_config(\($0.name), \($0.value), \(scope == .transaction))" }
    }
}

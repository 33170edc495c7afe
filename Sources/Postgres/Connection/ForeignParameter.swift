/// A parameter that other tools read from a connection string and libpq does not, with the way that works here.
struct ForeignParameter: Hashable {
    /// What is wrong with it, by its usual spelling; not that of the text at hand.
    let reason: String
    /// What to write in its place, as a sentence.
    let advice: String

    /// Finds a parameter, however it is spelled.
    init?(_ text: String) {
        let key = Self.key(text)
        let own = ConnectionString.keywords.first { Self.key($0) == key }
        if let own {
            self.init(reason: "\(own) is spelled in another way in it", advice: "Write \(own).")
        } else if let found = Self.exact.first(where: { Self.key($0.name) == key })
            ?? Self.families.first(where: { text.lowercased().hasPrefix($0.name) })
        {
            self.init(
                reason: "\(found.name) is no parameter of PostgreSQL's own library",
                advice: found.way.sentence
            )
        } else {
            return nil
        }
    }

    private init(reason: String, advice: String) {
        (self.reason, self.advice) = (reason, advice)
    }

    /// `search_path`, `searchPath` and `search-path` are one name.
    private static func key(_ name: String) -> String {
        name.lowercased().filter { $0.isLetter || $0.isNumber }
    }

    /// What to do about a parameter.
    private enum Way {
        /// A setting of the session.
        case setting(String)
        /// The same has another name here.
        case rename(String)
        /// A sentence.
        case say(String)

        var sentence: String {
            switch self {
            case .setting(let name):
                "Write options=-c\(name)%3DVALUE in a URL, or options='-c \(name)=VALUE' as a word: it is a setting of the session."
            case .rename(let name): "Write \(name)=VALUE."
            case .say(let sentence): sentence
            }
        }
    }

    private static let leaveOut = Way.say(
        "Leave it out: it is about the pool or the driver of another program, and changes nothing here."
    )
    private static let ledger = Way.say(
        "Leave it out: --schema NAME says where the tables of Caisson are, and caisson migrate adopt --table NAME where those of another tool are."
    )
    private static let newer = Way.say(
        "Leave it out, or use a newer libpq: the one that is installed does not know it."
    )
    private static let encryption = Way.say(
        "Write sslmode=require for encryption, sslmode=verify-full with sslrootcert=FILE to check the server as well."
    )

    private static let exact: [(name: String, way: Way)] =
        [
            "search_path", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout",
            "idle_session_timeout", "timezone", "datestyle", "intervalstyle", "role", "work_mem",
            "maintenance_work_mem", "default_transaction_read_only", "default_transaction_isolation",
            "extra_float_digits", "bytea_output", "standard_conforming_strings", "synchronous_commit", "jit",
            "session_replication_role", "row_security", "plan_cache_mode",
        ].map { ($0, .setting($0)) }
        + ["currentSchema", "schema", "schemas", "schema_name", "defaultSchema", "x-schema"].map {
            ($0, .setting("search_path"))
        }
        + [
            ("x-statement-timeout", .setting("statement_timeout")),
            ("x-lock-timeout", .setting("lock_timeout")),
        ]
        + ["x-migrations-table", "x-migrations-table-quoted", "migrations_table", "migrationsTable"].map {
            ($0, ledger)
        }
        + ["username", "uid", "user_id", "userid", "usr"].map { ($0, .rename("user")) }
        + ["pass", "passwd", "pwd"].map { ($0, .rename("password")) }
        + ["database", "db", "databaseName", "initial catalog"].map { ($0, .rename("dbname")) }
        + ["server", "hostname", "address", "data source", "serverName"].map { ($0, .rename("host")) }
        + ["timeout", "connection_timeout", "loginTimeout", "acquire_timeout"].map {
            ($0, .rename("connect_timeout"))
        }
        + [
            ("appName", .rename("application_name")),
            ("targetServerType", .rename("target_session_attrs")),
            ("tcpKeepAlive", .rename("keepalives")),
            ("currentRole", .setting("role")),
        ]
        + [
            "ssl", "sslaccept", "sslidentity", "sslfactory", "useSSL", "encrypt", "tls",
            "trustServerCertificate",
        ].map {
            ($0, encryption)
        }
        + ["sslca", "ssl-ca", "cafile"].map { ($0, .rename("sslrootcert")) }
        + [
            "connection_limit", "socket_timeout", "pgbouncer", "max", "min", "encoding", "charset",
            "autocommit",
            "prefer_simple_protocol", "default_query_exec_mode", "binary_parameters", "simple_protocol",
            "protocol",
            "description_cache_capacity", "server_version", "serverVersion", "application", "multiplexing",
            "enlist",
            "reWriteBatchedInserts", "stringtype", "fetch_size", "defaultRowFetchSize", "no_prepare",
        ].map { ($0, leaveOut) }
        + [
            "sslnegotiation", "load_balance_hosts", "require_auth", "sslcertmode", "gssdelegation",
            "min_protocol_version", "max_protocol_version", "scram_client_key", "scram_server_key",
            "sslkeylogfile", "servicefile",
        ].map { ($0, newer) }

    /// Parameters with a common beginning.
    private static let families: [(name: String, way: Way)] = [
        (
            "x-",
            .say(
                "Leave it out: it speaks to golang-migrate. caisson help migrate up lists what can be set here."
            )
        ),
        ("pool", leaveOut), ("max_", leaveOut), ("min_", leaveOut), ("maxpool", leaveOut),
        ("minpool", leaveOut),
        ("statement_cache", leaveOut), ("statement-cache", leaveOut), ("prepare", leaveOut),
        ("log", leaveOut),
        ("oauth_", newer),
    ]
}

import Postgres
import Synchronization

/// Which database is meant, by the first of these that says anything: `--database`, the environment, the `.env` file.
///
/// They are not mixed. Half of an address from the environment and half from a file would be a third database that nobody has
/// named, and a password of the environment would be sent to a host of the file's choice.
struct DatabaseAddress {
    /// Who says so.
    enum Origin: Hashable {
        case option, environment, file, nobody
    }

    let origin: Origin
    let options: ConnectionOptions
    /// What the user may not expect.
    let notes: [String]

    /// The variables that say which database, and as whom: if one is in the environment, the file says nothing about it.
    static let namingVariables = [
        "DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGPASSWORD", "PGSERVICE",
    ]

    /// Chooses.
    ///
    /// - Throws: `PostgresError` for a connection string that cannot be read; ``AddressError``.
    init(option: String?, environment: [String: String], file: DotEnvironment) throws {
        let environment = environment.filter { !$0.value.isEmpty }
        let named = Self.namingVariables.filter { environment[$0] != nil }
        let fileNames = Self.namingVariables.contains { file.values[$0]?.isEmpty == false }
        if let option {
            (origin, options, notes) = (.option, try ConnectionOptions(option), [])
        } else if !named.isEmpty {
            origin = .environment
            options = try ConnectionOptions(environment["DATABASE_URL"] ?? "")
            let isUnexpected = file.values["DATABASE_URL"] != nil && !named.contains("DATABASE_URL")
            notes = isUnexpected ? [Self.note(on: named)] : []
        } else {
            origin = fileNames ? .file : .nobody
            options = try Self.options(of: file, environment)
            notes = Self.note(on: file.namesPassedOver.filter { environment[$0] == nil })
        }
    }

    private static func note(on named: [String]) -> String {
        let (names, verb) = (named.joined(separator: ", "), named.count == 1 ? "is" : "are")
        return "DATABASE_URL of .env is not used, because \(names) \(verb) set in the environment."
    }

    private static func note(on passedOver: [String]) -> [String] {
        passedOver.isEmpty
            ? []
            : [
                "\(passedOver.prefix(10).joined(separator: ", ")) of .env is not read from there; set it in the environment."
            ]
    }

    // MARK: The file

    private static func options(
        of file: DotEnvironment,
        _ environment: [String: String]
    ) throws -> ConnectionOptions {
        let values = file.values.filter { !$0.value.isEmpty }
        var options = try ConnectionOptions(values["DATABASE_URL"] ?? "")
        for keyword in options.keywords.sorted() where !isHarmless(keyword, options.value(of: keyword)) {
            throw AddressError.notFromFile(keyword)
        }
        for variable in DotEnvironment.connectionVariables {
            guard let value = values[variable], let keyword = ConnectionOptions.keywordsByVariable[variable],
                !options.keywords.contains(keyword)
            else { continue }
            options.set(keyword, value)
        }
        // What the environment says besides comes before the file as well, such as PGSSLMODE.
        for (variable, keyword) in ConnectionOptions.keywordsByVariable where environment[variable] != nil {
            options.unset(keyword)
        }
        return options
    }

    /// Whether a keyword may come from a file that somebody else may have written. The others name code to be loaded, programs,
    /// or files to be written.
    private static func isHarmless(_ keyword: String, _ value: String?) -> Bool {
        if keyword == "sslkey" { return value?.contains(":") != true }
        return harmless.contains(keyword) || keyword.hasPrefix("keepalives")
    }

    private static let harmless: Set<String> = [
        "host", "hostaddr", "port", "dbname", "user", "password", "service", "passfile", "connect_timeout",
        "client_encoding", "options", "application_name", "fallback_application_name", "tcp_user_timeout",
        "sslmode", "sslcompression", "sslcert", "sslpassword", "sslrootcert", "sslcrl", "sslcrldir", "sslsni",
        "sslnegotiation", "sslcertmode", "ssl_min_protocol_version", "ssl_max_protocol_version",
        "channel_binding", "require_auth", "requirepeer", "gssencmode", "gssdelegation", "krbsrvname",
        "target_session_attrs", "load_balance_hosts",
    ]

    // MARK: What is known later on

    private static let named = Atomic<Bool>(false)

    /// Whether the process was told which database is meant; for the advice when there is none.
    static var wasNamed: Bool { named.load(ordering: .relaxed) }

    /// Notes that the process was told.
    static func markNamed() { named.store(true, ordering: .relaxed) }
}

/// An address that is not taken from where it stands.
enum AddressError: Error, Hashable, CustomStringConvertible {
    /// A keyword that makes libpq load code or read settings of a file's choice.
    case notFromFile(String)

    var description: String {
        switch self {
        case .notFromFile(let keyword):
            """
            DATABASE_URL of .env sets \(keyword), which can make this program load code or write files.
            Set DATABASE_URL in the environment, or give the URL with --database.
            """
        }
    }
}

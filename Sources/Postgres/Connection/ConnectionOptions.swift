import CLibPQ

/// Where the server is and who asks: everything that libpq understands, in its own words.
///
/// What is not set here comes from the `PG*` variables, the service file and `~/.pgpass`, as with psql. All TLS
/// settings (`sslmode`, `sslrootcert`, `sslcert`, …) are keywords like any other.
public struct ConnectionOptions: Sendable, Hashable {
    private var settings: [String: String]

    /// Reads `postgresql://user@host:port/database?sslmode=require`, `host=… dbname=…`, or nothing at all.
    ///
    /// - Throws: ``PostgresError/invalidArgument(_:)`` when the text cannot be read, or means something that nobody can have
    ///   meant; the message holds no piece of it.
    public init(_ text: String = "") throws(PostgresError) {
        do {
            settings = try ConnectionString(text).settings()
        } catch {
            throw .invalidArgument(error.description)
        }
    }

    /// Sets or replaces one of libpq's keywords, for instance `dbname`.
    public mutating func set(_ keyword: String, _ value: String) {
        settings[keyword] = value
    }

    /// One of libpq's keywords, when it was set here.
    public func value(of keyword: String) -> String? {
        settings[keyword]
    }

    /// Takes a keyword back: what libpq finds in the environment holds again.
    package mutating func unset(_ keyword: String) {
        settings[keyword] = nil
    }

    /// The keywords that are set here.
    package var keywords: Set<String> { Set(settings.keys) }

    /// libpq's keywords by the variables that stand for them in the environment: `PGHOST` is `host`.
    package static let keywordsByVariable: [String: String] = Dictionary(
        ConnectionString.known.compactMap { known in known.variable.map { ($0, known.keyword) } }
    ) { first, _ in first }

    /// The same options for another database of the same server.
    public func database(_ name: String) -> ConnectionOptions {
        var other = self
        other.set("dbname", name)
        return other
    }

    /// The name that `pg_stat_activity` shows for sessions with these options.
    public var applicationName: String {
        get { settings["application_name"] ?? "caisson" }
        set { settings["application_name"] = newValue }
    }

    /// The keywords and values for `PQconnectStartParams`.
    var parameters: [(keyword: String, value: String)] {
        let defaults: [String: String] = [
            "fallback_application_name": "caisson",
            // A peer that vanished without a word is noticed within a minute instead of two hours.
            "keepalives_idle": "30",
            "keepalives_interval": "10",
            "keepalives_count": "3",
        ]
        var all = defaults.merging(settings) { _, own in own }
        // Text is decoded as UTF-8, so nothing else may come.
        all["client_encoding"] = "UTF8"
        return all.map { ($0.key, $0.value) }
    }

    /// The seconds to wait for a server to answer; libpq's `connect_timeout`, 10 when it is not set.
    var connectTimeout: Int32 {
        guard let text = settings["connect_timeout"], let seconds = Int32(text), seconds > 0 else {
            return 10
        }
        return max(2, seconds)
    }
}

extension ConnectionOptions: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The address without any secret: `host=… port=… dbname=… user=…`.
    public var description: String {
        let shown = ["host", "hostaddr", "port", "dbname", "user", "service"]
            .compactMap { keyword in settings[keyword].map { "\(keyword)=\($0)" } }
        return shown.isEmpty ? "libpq defaults" : shown.joined(separator: " ")
    }

    /// The same as ``description``, so that no debugger or log shows a password.
    public var debugDescription: String { description }

    /// Nothing to look into, for the same reason.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

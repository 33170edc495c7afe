import CLibPQ

/// Where the server is and who asks: everything that libpq understands, in its own words.
///
/// What is not set here comes from the `PG*` variables, the service file and `~/.pgpass`, as with psql. All TLS
/// settings (`sslmode`, `sslrootcert`, `sslcert`, …) are keywords like any other.
public struct ConnectionOptions: Sendable, Hashable {
    private var settings: [String: String]

    /// Reads `postgresql://user@host:port/database?sslmode=require`, `host=… dbname=…`, or nothing at all.
    ///
    /// - Throws: ``PostgresError/invalidArgument(_:)`` when libpq cannot read the text; passwords in it are masked.
    public init(_ text: String = "") throws(PostgresError) {
        var message: UnsafeMutablePointer<CChar>?
        guard let parsed = PQconninfoParse(text, &message) else {
            let reason = message.map { String(cString: $0) } ?? "out of memory"
            PQfreemem(message)
            throw .invalidArgument(
                "The connection string cannot be read: \(SecretMask.mask(reason.trimmed, of: text))\n"
                    + "Write postgresql://user@host:port/database or host=… dbname=… user=…."
            )
        }
        defer { PQconninfoFree(parsed) }
        settings = [:]
        var option = parsed
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { settings[String(cString: keyword)] = String(cString: value) }
            option += 1
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
            "client_encoding": "UTF8",
            // A peer that vanished without a word is noticed within a minute instead of two hours.
            "keepalives_idle": "30",
            "keepalives_interval": "10",
            "keepalives_count": "3",
        ]
        return defaults.merging(settings) { _, own in own }.map { ($0.key, $0.value) }
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

/// Takes passwords out of texts that quote a connection string.
package enum SecretMask {
    /// Replaces in `message` every password that `source` holds, and every `password=…` and `//user:…@` form.
    package static func mask(_ message: String, of source: String = "") -> String {
        secrets(in: source).reduce(maskForms(message)) { text, secret in
            text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "****")
        }
    }

    private static func maskForms(_ message: String) -> String {
        var text = message
        for secret in secrets(in: message) {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "****")
        }
        return text
    }

    /// The passwords that a URL or a keyword string seems to hold, also when it is malformed.
    private static func secrets(in text: String) -> [String] {
        var secrets: [String] = []
        for authority in text.split(separator: "//").dropFirst() {
            guard let at = authority.lastIndex(of: "@"), let colon = authority.firstIndex(of: ":"), colon < at
            else {
                continue
            }
            secrets.append(String(authority[authority.index(after: colon)..<at]))
        }
        for assignment in text.split(separator: "password").dropFirst() {
            // "password authentication failed" is no password.
            let sign = assignment.drop { $0 == " " }
            guard sign.first == "=" else { continue }
            let value = sign.dropFirst().drop { $0 == " " }
            let quoted = value.first == "'"
            secrets.append(
                String(
                    quoted
                        ? value.dropFirst().prefix { $0 != "'" }
                        : value.prefix { $0 != " " && $0 != "&" && $0 != "\n" && $0 != "\"" }
                )
            )
        }
        return secrets.filter { !$0.isEmpty && $0 != "****" }
    }
}

extension String {
    /// The text without white space at its ends.
    package var trimmed: String {
        var slice = Substring(self)
        while let last = slice.last, last.isWhitespace { slice.removeLast() }
        return String(slice.drop { $0.isWhitespace })
    }
}

import Foundation
import Subprocess

/// What programs that we start find in their environment: what they need, and nothing else of ours.
///
/// An environment is full of secrets that are not meant for them (`DATABASE_URL`, keys of clouds), and the private server may run
/// as another user than we do, who can read that of his own processes.
package enum ProgramEnvironment {
    /// Where programs and libraries are, time zone, temporary files. Messages in English, because some are looked at.
    private static let plain: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "TZ", "TZDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    ]

    /// What libpq looks at beside its own variables.
    private static let clientPrefixes = ["PG", "KRB5", "GSS", "SSL_CERT_", "OPENSSL_"]

    /// For programs that connect to nothing, or to a private server.
    package static func bare(_ environment: [String: String]) -> [String: String] {
        environment.filter { plain.contains($0.key) }.merging(["LC_ALL": "C"]) { $1 }
    }

    /// For programs that connect as this process does; passwords come by files.
    package static func client(_ environment: [String: String]) -> [String: String] {
        let own = environment.filter { name, _ in
            name != "PGPASSWORD" && clientPrefixes.contains(where: name.hasPrefix)
        }
        return bare(environment).merging(own) { $1 }
    }

    /// For programs that know nothing of databases and may need variables that we do not know, such as git: all but secrets.
    package static func withoutSecrets(_ environment: [String: String]) -> [String: String] {
        environment.filter { name, _ in
            let name = name.uppercased()
            return name != "DATABASE_URL" && !name.hasPrefix("PG")
                && !secretParts.contains(where: name.contains)
        }
    }

    private static let secretParts = ["PASS", "SECRET", "TOKEN", "CREDENTIAL", "KEY", "PLACEHOLDER"]

    /// For PostgreSQL's server programs.
    static var server: Environment { of(bare(ProcessInfo.processInfo.environment)) }

    static func of(_ variables: [String: String]) -> Environment {
        var values: [Environment.Key: String] = [:]
        for (name, value) in variables {
            if let key = Environment.Key(rawValue: name) { values[key] = value }
        }
        return .custom(values)
    }
}

import Foundation
import Postgres
import Synchronization

/// The connection strings that this process was given, and the passwords in them: nothing that is printed as an error
/// may hold one.
enum Secrets {
    private static let sources = Mutex<[String]>([])

    /// Remembers a connection string, for the sake of the password in it.
    static func remember(_ connectionString: String) {
        sources.withLock { $0.append(connectionString) }
    }

    /// Whether anybody said where the database is.
    static var hasAddress: Bool {
        let environment = ProcessInfo.processInfo.environment
        let names = ["DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGSERVICE"]
        return sources.withLock { $0.contains { !$0.isEmpty } } || names.contains { environment[$0] != nil }
    }

    /// Replaces every known password in a text.
    static func mask(_ text: String) -> String {
        let environment = ProcessInfo.processInfo.environment
        var known = sources.withLock { $0 }
        if let url = environment["DATABASE_URL"] { known.append(url) }
        if let password = environment["PGPASSWORD"] { known.append("password=\(password)") }
        return known.reduce(SecretMask.mask(text)) { SecretMask.mask($0, of: $1) }
    }
}

import Foundation
import Postgres
import Synchronization

/// The passwords that this process was given. Nothing that is printed as an error may hold one.
enum Secrets {
    private static let sources = Mutex<[String]>([])

    /// Remembers a connection string, for the sake of the password in it.
    static func remember(_ connectionString: String) {
        sources.withLock { $0.append(connectionString) }
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

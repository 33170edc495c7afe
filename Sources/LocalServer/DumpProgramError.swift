/// Why there is no dump.
public enum DumpProgramError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The program is nowhere; where it was looked for, and `CAISSON_PG_BIN` where that is set.
    case notFound(searched: [String], only: String?)
    /// Those that are there are older than the server, which they refuse to read.
    case tooOld(server: Int, found: [DumpProgram])
    /// It ended with an error; what it said.
    case failed(path: String, reason: String)
    /// A secret setting cannot be handed over without being shown; libpq's keyword, and why.
    case secretNotPassed(keyword: String, reason: String)

    /// What is wrong and what to do.
    public var description: String {
        switch self {
        case .notFound(_, .some(let only)):
            "there is no pg_dump in CAISSON_PG_BIN, which is \(only)\nPoint it at the folder that holds it, or: unset CAISSON_PG_BIN"
        case .notFound(let searched, nil):
            """
            pg_dump is not installed (looked into \(searched.prefix(10).joined(separator: ", ")))
            Install it: apt-get install postgresql-client on Debian and Ubuntu, brew install libpq on macOS; \
            elsewhere set CAISSON_PG_BIN to the folder that holds it
            """
        case .tooOld(let server, let found):
            """
            the server is PostgreSQL \(server), and no pg_dump here can read it: \
            \(found.prefix(10).map { "\($0.path) is \($0.majorVersion)" }.joined(separator: ", "))
            Install version \(server) (postgresql-client-\(server)) or a newer one, or set CAISSON_PG_BIN to the folder that holds it
            """
        case .secretNotPassed(let keyword, let reason):
            """
            \(keyword) cannot be handed to pg_dump without being shown to others: \(reason)
            Write \(keyword)=… into a section of the service file (~/.pg_service.conf), and name that with service=NAME.
            """
        case .failed(let path, let reason):
            "\(path) failed: \(reason)\nMend what it names, then run the same command again."
        }
    }
}

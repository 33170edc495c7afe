import Foundation
public import Postgres

/// A PgBouncer, in transaction mode unless told otherwise, between a test and its database, gone with the test.
///
/// Its server connections take turns, so that two transactions in a row never share one: what a session leaves behind,
/// or expects to find, shows at once.
public struct TestPooler: Sendable {
    /// The way through it.
    public let options: ConnectionOptions
    /// How long a client keeps a server connection.
    public enum Mode: String, Sendable {
        case transaction, session
    }

    /// How many server connections take turns.
    public static let serverConnections = 3

    /// Opens all server connections by that many transactions at once; only those that are open take turns.
    fileprivate static func openAll(_ options: ConnectionOptions) throws {
        let connections = try (0..<serverConnections).map { _ in try Connection(options) }
        for connection in connections { try connection.runScript("BEGIN; SELECT 1") }
        for connection in connections { try connection.runScript("COMMIT") }
    }

    /// A new session through it.
    public func session(settings: [TransactionOptions.Setting] = []) -> Session {
        Session(options, settings: settings, pooler: .transaction)
    }
}

/// Starts a PgBouncer before the database of the running test, hands it to the body and ends it.
public func withPooler<Result>(
    for database: TestDatabase,
    mode: TestPooler.Mode = .transaction,
    _ body: (TestPooler) async throws -> Result
) async throws -> Result {
    let folder = try PoolerFolder(for: database, mode)
    let shell = try await ToolRunner(path: "/bin/sh").start(try folder.command)
    do {
        try await eventually("PgBouncer to accept connections") {
            if !shell.isRunning { throw MissingPooler(reason: shell.errorOutput) }
            return (try? Connection(folder.options)) != nil
        }
        try TestPooler.openAll(folder.options)
        let result = try await body(TestPooler(options: folder.options))
        shell.send(.terminate)
        try await shell.result()
        return result
    } catch {
        shell.send(.terminate)
        _ = try? await shell.result()
        throw error
    }
}

/// PgBouncer is not there, or does not run.
public struct MissingPooler: Error, CustomStringConvertible {
    let reason: String

    /// What to do.
    public var description: String { "PgBouncer does not run: \(reason)\nInstall it: scripts/setup.sh" }
}

/// The configuration and the socket of one PgBouncer.
private struct PoolerFolder {
    let options: ConnectionOptions
    private let path: String
    /// Who the server runs as: nobody else may use its socket.
    private let owner: String

    init(for database: TestDatabase, _ mode: TestPooler.Mode) throws {
        path = "/tmp/caisson-pooler-\(String(UInt32.random(in: 0...UInt32.max), radix: 36))"
        var through = try database.options
        guard let server = through.value(of: "host"), let user = through.value(of: "user") else {
            throw MissingPooler(reason: "the server's address says no socket and no user: \(through)")
        }
        owner = try FileManager.default.attributesOfItem(atPath: server)[.ownerAccountName] as? String ?? ""
        let configuration = """
            [databases]
            * = host=\(server) port=\(through.value(of: "port") ?? "5432") user=\(user)
            [pgbouncer]
            pool_mode = \(mode.rawValue)
            unix_socket_dir = \(path)
            listen_port = 6432
            auth_type = any
            default_pool_size = \(TestPooler.serverConnections)
            server_round_robin = 1
            """
        through.set("host", path)
        through.set("port", "6432")
        options = through
        let open: [FileAttributeKey: Any] = [.posixPermissions: 0o777]
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: open
        )
        try FileManager.default.setAttributes(open, ofItemAtPath: path)
        try configuration.write(toFile: path + "/pooler.ini", atomically: true, encoding: .utf8)
    }

    /// A shell that runs PgBouncer until it is told to end, or the test process is gone.
    var command: [String] {
        get throws {
            let places = ["/usr/sbin", "/usr/bin", "/usr/local/bin", "/usr/local/sbin", "/opt/homebrew/bin"]
            let program = places.map { $0 + "/pgbouncer" }.first(where: FileManager.default.isExecutableFile)
            guard let program else { throw MissingPooler(reason: "the program is in none of \(places)") }
            let user = geteuid() == 0 ? owner : ""
            return ["-c", Self.script, "pooler", program, path, user, "\(getpid())"]
        }
    }

    private static let script = """
        "$1" -q ${3:+-u "$3"} "$2/pooler.ini" &
        pooler=$!
        trap 'stop=yes' TERM
        while [ -z "$stop" ] && kill -0 "$pooler" 2>/dev/null && kill -0 "$4" 2>/dev/null; do
            sleep 0.2 &
            wait $!
        done
        kill -INT "$pooler" 2>/dev/null
        wait "$pooler"
        rm -rf "$2"
        """
}

public import LocalServer
public import Postgres
import Synchronization

/// A new, empty database of the shared server, for one test alone.
public struct TestDatabase: Sendable {
    /// The server it is in.
    public let server: PrivateServer
    /// Its name, made from the test's.
    public let name: String
    /// The test's name, as `pg_stat_activity` shows it.
    public let applicationName: String

    /// A URL for libpq; the `application_name` in it is the test's name.
    public var connectionString: String {
        server.connectionString(database: name) + "&application_name=" + applicationName.urlEncoded
    }

    /// The same for `Postgres`.
    public var options: ConnectionOptions {
        get throws { try ConnectionOptions(connectionString) }
    }

    /// A new session with it.
    public func session() throws -> Session { Session(try options) }

    /// A new blocking connection with it.
    public func connection() throws -> Connection { try Connection(try options) }

    /// The database of the running test.
    ///
    /// - Throws: `MissingDatabase` where the test has no `.freshDatabase` trait.
    public static var current: TestDatabase {
        get throws {
            guard let database = bound else { throw MissingDatabase() }
            return database
        }
    }

    @TaskLocal static var bound: TestDatabase?
}

/// A test asked for its database and has none.
public struct MissingDatabase: Error, CustomStringConvertible {
    /// What to write.
    public let description = "no database here: add the trait .freshDatabase to the test or its suite"
}

/// Makes a database, hands it to the body and drops it, whatever still is connected to it.
public func withFreshDatabase<Result>(
    named testName: String = #function,
    _ body: (TestDatabase) async throws -> Result
) async throws -> Result {
    let database = try await TestDatabase.create(for: testName)
    do {
        let result = try await TestDatabase.$bound.withValue(database) { try await body(database) }
        try await database.drop()
        return result
    } catch {
        try? await database.drop()
        throw error
    }
}

extension TestDatabase {
    private static let counter = Atomic(0)

    static func create(for testName: String) async throws -> TestDatabase {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        let plain = testName.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        let database = TestDatabase(
            server: try await TestServer.shared,
            name: "t\(number)_\(String(plain.prefix(40)))",
            applicationName: String(testName.unicodeScalars.filter(\.isASCII).map(Character.init).prefix(63))
        )
        try await Administration.run("CREATE DATABASE \(identifier: database.name) TEMPLATE template0")
        return database
    }

    /// Makes a database of a server that a test has for itself; it goes with the server.
    public static func create(named name: String, on server: PrivateServer) async throws -> TestDatabase {
        let administration = Session(try ConnectionOptions(server.connectionString(database: "postgres")))
        _ = try await administration.withConnection { try $0.execute("CREATE DATABASE \(identifier: name)") }
        await administration.close()
        return TestDatabase(server: server, name: name, applicationName: name)
    }

    func drop() async throws {
        // A task of its own, because a test that was cancelled must clean up all the same.
        let name = name
        try await Task.detached {
            try await Administration.run("DROP DATABASE IF EXISTS \(identifier: name) WITH (FORCE)")
        }.value
    }
}

extension String {
    fileprivate var urlEncoded: String {
        utf8.map { byte in
            let character = Character(Unicode.Scalar(byte))
            let isPlain = byte < 128 && (character.isLetter || character.isNumber)
            return isPlain ? String(character) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}

import LocalServer
import Postgres
import TestSupport
import Testing

@Suite struct ConnectionFailureTests {
    @Test(arguments: [
        "host=/nowhere port=1 dbname=shop user=ann password=s3cret",
        "host=127.0.0.1 port=1 dbname=shop user=ann password=s3cret connect_timeout=3",
        "host=nowhere.invalid dbname=shop user=ann password=s3cret connect_timeout=3",
    ])
    func `a server that is not there is told with its address`(_ text: String) throws {
        let options = try ConnectionOptions(text)
        let failure = try failure(options)
        #expect(failure.kind == .unreachable && failure.isTransient && failure.sqlState == nil)
        #expect(failure.target.contains("host=\(options.value(of: "host") ?? "")"))
        #expect(failure.description.hasPrefix("Cannot connect (host="))
        #expect(failure.description.contains("dbname=shop user=ann"))
        #expect(failure.description.contains("pg_isready"))
        #expect(!"\(failure)".contains("s3cret") && !String(reflecting: failure).contains("s3cret"))
    }

    @Test(.freshDatabase) func `a server that is silent is told with the time that was waited`() async throws
    {
        try await withFaultProxy(for: TestDatabase.current) { proxy in
            proxy.stall()
            var options = try proxy.options
            options.set("connect_timeout", "2")
            let failure = try failure(options)
            #expect(failure.kind == .unreachable)
            #expect(failure.message.hasSuffix("failed: no answer within 2 s"), "\(failure)")
        }
    }

    @Test func `a wrong password is told without it`() async throws {
        var configuration = TestServer.throwaway()
        let port = try PrivateServer.unusedLoopbackPort()
        configuration.access = .socketAndLoopback(port: port, password: "right")
        try await TestServer.withOwn(configuration) { _ in
            let wrong = try failure(
                ConnectionOptions("postgresql://postgres:wr0ng@127.0.0.1:\(port)/postgres")
            )
            #expect(wrong.kind == .authentication && !wrong.isTransient && wrong.sqlState == .invalidPassword)
            #expect(wrong.message == "password authentication failed for user \"postgres\"")
            #expect(!String(reflecting: wrong).contains("wr0ng"))
            #expect(
                wrong.description.hasSuffix(
                    "Check the user and the password (PGPASSWORD, ~/.pgpass or the URL)."
                )
            )
            var options = try ConnectionOptions("host=127.0.0.1 port=\(port) user=postgres dbname=postgres")
            options.set("passfile", "/dev/null")
            #expect(try failure(options).kind == .authentication)
            options.set("password", "right")
            #expect(try Connection(options).queryOne("SELECT 1", as: Int.self) == 1)
        }
    }

    @Test(.freshDatabase) func `a missing database is told with its name`() throws {
        let failure = try failure(TestDatabase.current.options.database("no_such_database"))
        #expect(
            failure.kind == .databaseMissing && failure.sqlState == .invalidCatalogName
                && !failure.isTransient
        )
        #expect(failure.message == "database \"no_such_database\" does not exist")
        #expect(failure.description.hasSuffix("Check the name, or create it: createdb NAME."))
    }

    @Test(.freshDatabase) func `a full server is busy`() throws {
        let database = try TestDatabase.current
        let administration = try database.connection()
        try administration.runScript("CREATE ROLE crowd\(administration.backendID) LOGIN CONNECTION LIMIT 0")
        defer { try? administration.runScript("DROP ROLE crowd\(administration.backendID)") }
        var options = try database.options
        options.set("user", "crowd\(administration.backendID)")
        let failure = try failure(options)
        #expect(failure.kind == .busy && failure.isTransient && failure.sqlState == .tooManyConnections)
    }

    @Test func `an unknown keyword is named`() throws {
        var options = try ConnectionOptions()
        options.set("nonsense", "1")
        #expect(try failure(options).message.contains("invalid connection option \"nonsense\""))
    }

    private func failure(_ options: ConnectionOptions) throws -> ConnectionFailure {
        let error = try #require(throws: PostgresError.self) { try Connection(options) }
        guard case .connection(let failure) = error else { throw error }
        return failure
    }
}

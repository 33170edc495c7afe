import LocalServer
import Postgres
import TestSupport
import Testing

@Suite struct ConnectionTests {
    @Test func `no server at the address is told with host, port, reason and hint`() async throws {
        let project = try Project(Samples.files)
        let port = try PrivateServer.unusedLoopbackPort()
        let url = "postgresql://app:s3cret@127.0.0.1:\(port)/shop"
        let result = try await project.caisson("migrate status --database \(url)")
        expectStatus(1, result)
        #expect(result.output == "")
        for word in ["host=127.0.0.1", "port=\(port)", "dbname=shop", "user=app", "refused", "pg_isready"] {
            #expect(result.errorOutput.contains(word), "\(word)")
        }
        #expect(!result.errorOutput.contains("s3cret"))
    }

    @Test func `who names no database is told how`() async throws {
        let result = try await Project(Samples.files).caisson("migrate status")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("or --local for a private server of this folder."))
    }

    /// The database is asked while the files are read. It never answers here, and the tool does not wait for it.
    @Test(.freshDatabase, .untilItHangs)
    func `files that cannot be read are told although the database is silent`() async throws {
        try await withFaultProxy(for: TestDatabase.current) { proxy in
            proxy.stall()
            let url = proxy.connectionString + "&connect_timeout=3600"
            let project = try Project(Samples.files, environment: ["DATABASE_URL": url])
            let result = try await project.caisson("migrate status --migrations elsewhere")
            expectStatus(1, result)
            #expect(result.errorOutput.contains("elsewhere"))
        }
    }

    @Test func `a wrong password is told without the password`() async throws {
        var configuration = TestServer.throwaway()
        let port = try PrivateServer.unusedLoopbackPort()
        configuration.access = .socketAndLoopback(port: port, password: "right")
        try await TestServer.withOwn(configuration) { _ in
            let url = "postgresql://postgres:wr0ng@127.0.0.1:\(port)/postgres"
            let project = try Project(Samples.files, environment: ["DATABASE_URL": url])
            let result = try await project.caisson("migrate status")
            expectStatus(1, result)
            #expect(result.errorOutput.contains("password authentication failed for user \"postgres\""))
            #expect(
                result.errorOutput.contains(
                    "Check the user and the password (PGPASSWORD, ~/.pgpass or the URL)."
                )
            )
            #expect(!result.errorOutput.contains("wr0ng"))
        }
    }

    @Test func `a missing database is told with its name`() async throws {
        let server = try await TestServer.shared
        let environment = ["DATABASE_URL": server.connectionString(database: "nowhere")]
        let result = try await Project(Samples.files, environment: environment).caisson(
            "migrate status --json"
        )
        expectStatus(1, result)
        let message = try #require(try result.jsonLines().first?["message"]?.text)
        #expect(message.contains("database \"nowhere\" does not exist"))
        #expect(message.contains("createdb"))
    }

    @Test func `a malformed address is told without the password`() async throws {
        let environment = ["DATABASE_URL": "host=db password=s3cret nonsense=1"]
        let result = try await Project(Samples.files, environment: environment).caisson("status")
        expectStatus(1, result)
        #expect(result.errorOutput.contains("parameter number 3 is none that PostgreSQL's own library knows"))
        #expect(!result.errorOutput.contains("nonsense"))
        #expect(!result.errorOutput.contains("s3cret"))
    }

    @Test(.freshDatabase) func `a .env file names the database`() async throws {
        let url = try TestDatabase.current.connectionString
        let project = try Project(Samples.files)
        try project.write("# where\nexport DATABASE_URL='\(url)'\n", to: ".env")
        expectStatus(0, try await project.caisson("migrate up"))
        #expect(try await Samples.count("SELECT count(*) FROM item") == 0)
    }

    @Test(.freshDatabase) func `PG variables of a .env file reach libpq`() async throws {
        let options = try TestDatabase.current.options
        let names = [("PGHOST", "host"), ("PGPORT", "port"), ("PGUSER", "user"), ("PGDATABASE", "dbname")]
        let lines = names.compactMap { name, keyword in options.value(of: keyword).map { "\(name)=\($0)" } }
        let project = try Project(Samples.files)
        try project.write(lines.joined(separator: "\n"), to: ".env")
        expectStatus(0, try await project.caisson("migrate up"))
        #expect(try await Samples.count("SELECT count(*) FROM item") == 0)
    }

    @Test(.freshDatabase) func `the environment goes before the .env file, and --database before both`()
        async throws
    {
        let nowhere = "postgresql://nobody@127.0.0.1:1/nowhere"
        let project = try Project.onDatabase(Samples.files)
        try project.write("DATABASE_URL=\(nowhere)", to: ".env")
        expectStatus(0, try await project.caisson("migrate status"))
        let url = try TestDatabase.current.connectionString
        let other = try Project(Samples.files, environment: ["DATABASE_URL": nowhere])
        expectStatus(0, try await other.caisson("migrate status --database \(url)"))
        expectStatus(0, try await other.caisson("--database \(url) migrate status"))
    }

    @Test(.freshDatabase) func `a role that may not write is told so`() async throws {
        try await Samples.createItems(10)
        let role = "reader_of_" + (try TestDatabase.current.name)
        try await Samples.execute("CREATE ROLE \(identifier: role) LOGIN")
        try await Samples.execute("GRANT SELECT ON item TO \(identifier: role)")
        var database = try TestDatabase.current.connectionString
        database = database.replacing("postgresql://postgres@", with: "postgresql://\(role)@")
        let project = try Project(Samples.files, environment: ["DATABASE_URL": database])
        for command in ["migrate up", "backfill run label_items"] {
            let result = try await project.caisson(command)
            expectStatus(1, result)
            #expect(result.errorOutput.contains("GRANT CREATE ON DATABASE"), "\(result.errorOutput)")
        }
        try await Samples.execute("DROP OWNED BY \(identifier: role)")
        try await Samples.execute("DROP ROLE \(identifier: role)")
    }

    @Test(.freshDatabase) func `a server that takes no writes is told so`() async throws {
        try await Samples.createItems(10)
        let url =
            try TestDatabase.current.connectionString + "&options=-c%20default_transaction_read_only%3Don"
        let project = try Project(Samples.files, environment: ["DATABASE_URL": url])
        for command in ["migrate up", "backfill run label_items"] {
            let result = try await project.caisson(command)
            expectStatus(1, result)
            #expect(result.errorOutput.contains("target_session_attrs=read-write"), "\(result.errorOutput)")
        }
        expectStatus(0, try await project.caisson("migrate status"))
    }

    @Test(.freshDatabase, arguments: ["migrate up", "migrate status"])
    func `tables of a newer tool are left alone`(_ command: String) async throws {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up --steps 1"))
        try await Samples.execute("UPDATE caisson.component SET version = 99 WHERE name = 'migration'")
        let result = try await project.caisson(command)
        expectStatus(1, result)
        #expect(result.errorOutput.contains("have version 99"))
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 1)
    }
}

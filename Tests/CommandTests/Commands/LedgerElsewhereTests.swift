import Postgres
import TestSupport
import Testing

/// What was done is known to another ledger than the one that is asked: to that of another tool, or to ours in another schema.
@Suite(.freshDatabase) struct LedgerElsewhereTests {
    private static let files = [
        "migrations/1_fee.sql": """
        -- migrate:up
        CREATE TABLE IF NOT EXISTS fee (i int);
        INSERT INTO fee VALUES (1);
        """
    ]

    private static let commands = [
        "migrate up", "migrate up --schema other", "migrate up --dry-run", "migrate baseline 1",
    ]

    @Test(arguments: commands)
    func `files that another schema's ledger knows are not applied again`(command: String) async throws {
        let project = try Project.onDatabase(Self.files)
        expectStatus(0, try await project.caisson("migrate up --schema ops"))

        let refused = try await project.caisson(command)

        expectStatus(13, refused)
        #expect(
            refused.errorOutput.contains(
                "the schema \"ops\" has a ledger of this tool in which 1 of these files is applied"
            )
        )
        #expect(refused.errorOutput.contains("caisson migrate up --schema ops"))
        #expect(try await Samples.count("SELECT count(*) FROM fee") == 1)
        expectStatus(0, try await project.caisson("migrate up --schema ops"))
    }

    @Test(arguments: ["migrate status", "status"])
    func `status tells of it`(command: String) async throws {
        let project = try Project.onDatabase(Self.files)
        expectStatus(0, try await project.caisson("migrate up --schema ops"))
        let told = try await project.caisson("\(command) --exit-code")
        expectStatus(13, told)
        #expect(told.output.contains("caisson migrate up --schema ops"))
        expectStatus(0, try await project.caisson("\(command) --exit-code --schema ops"))
    }

    @Test func `two programs may share a database`() async throws {
        let project = try Project.onDatabase(Self.files)
        try project.write("-- migrate:up\nCREATE TABLE b (i int);", to: "other/1_fee.sql")
        expectStatus(0, try await project.caisson("migrate up --schema ops"))
        expectStatus(0, try await project.caisson("migrate up --migrations other"))
    }

    @Test func `the same files may make the tables of another tenant`() async throws {
        try await Samples.execute("CREATE SCHEMA tenant_a")
        try await Samples.execute("CREATE SCHEMA tenant_b")
        for tenant in ["tenant_a", "tenant_b"] {
            let environment = [
                "DATABASE_URL": try TestDatabase.current.connectionString,
                "PGOPTIONS": "-c search_path=\(tenant)",
            ]
            let project = try Project(Self.files, environment: environment)
            expectStatus(0, try await project.caisson("migrate up --schema \(tenant)"))
        }
        #expect(try await Samples.count("SELECT count(*) FROM tenant_b.fee") == 1)
    }

    @Test func `another tool's ledger is told by status and baseline too`() async throws {
        let project = try Project.onDatabase(Self.files)
        try await Samples.execute("CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY)")
        try await Samples.execute("INSERT INTO schema_migrations VALUES ('1')")
        let told = try await project.caisson("migrate status --exit-code --schema public")
        expectStatus(13, told)
        #expect(told.output.contains("caisson migrate adopt --from dbmate"))
        expectStatus(13, try await project.caisson("migrate baseline 1"))
        expectStatus(13, try await project.caisson("migrate up --schema public"))
        expectStatus(0, try await project.caisson("migrate adopt --from dbmate --schema public"))
    }

    @Test func `a backfill that another schema knows of is not run again over the same table`() async throws {
        let project = try Project.onDatabase(Samples.files)
        try await Samples.createItems(10)
        expectStatus(0, try await project.caisson("backfill run label_items --schema ops"))

        let refused = try await project.caisson("backfill run label_items")

        expectStatus(13, refused)
        #expect(refused.errorOutput.contains("caisson backfill run label_items --schema ops"))
        expectStatus(0, try await project.caisson("backfill run label_items --restart"))
        expectStatus(0, try await project.caisson("backfill run label_items"))
    }

    @Test func `an import that another schema knows of is not read again`() async throws {
        let project = try Project.onDatabase(["a.csv": "i\n1\n", "b.csv": "i\n1\n"])
        try await Samples.execute("CREATE TABLE fee (i int)")
        expectStatus(0, try await project.caisson("import a.csv --into fee --schema ops"))

        let refused = try await project.caisson("import a.csv --into fee")

        expectStatus(13, refused)
        #expect(refused.errorOutput.contains("add --schema ops"))
        #expect(try await Samples.count("SELECT count(*) FROM fee") == 1)
        expectStatus(0, try await project.caisson("import b.csv --into fee"))
        try project.write("i\n2\n", to: "a.csv")
        expectStatus(0, try await project.caisson("import a.csv --into fee"))
        #expect(try await Samples.count("SELECT count(*) FROM fee") == 3)
    }
}

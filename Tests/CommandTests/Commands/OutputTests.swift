import Foundation
import LocalServer
import Postgres
import TestSupport
import Testing

/// What is written, by all commands.
@Suite(.freshDatabase) struct OutputTests {
    /// Runs a line of a shell in the project's folder, where `$CAISSON` is the tool.
    private func shell(_ line: String, in project: Project) async throws -> ToolResult {
        let environment = [
            "CAISSON": try ToolRunner().program, "DATABASE_URL": try TestDatabase.current.connectionString,
        ]
        let tool = ToolRunner(path: "/bin/sh", environment: environment)
        return try await tool.run("-c", "cd '\(project.folder)' && \(line)")
    }

    private func applied() async throws -> Project {
        let project = try Project.onDatabase(Samples.files)
        expectStatus(0, try await project.caisson("migrate up"))
        return project
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
        arguments: [
            "migrate dump --output -", "migrate status --json", "migrate status --exit-code",
            "migrate up --dry-run",
            "status", "backfill list", "--help", "--version", "migrate", "migrate status --help",
        ]
    )
    func `output that cannot be written is an error`(_ command: String) async throws {
        let result = try await shell("\"$CAISSON\" \(command) > /dev/full", in: try await applied())
        expectStatus(1, result)
        #expect(result.errorOutput.contains("The output could not be written: No space left on device."))
    }

    @Test func `a reader that has gone and a stream that is closed are errors, and end nothing`() async throws
    {
        let project = try Project.onDatabase(Samples.files)
        let gone = try await shell(
            "{ \"$CAISSON\" migrate up --json; echo $? > code; } | true; cat code",
            in: project
        )
        #expect(gone.output == "1\n" || gone.output == "0\n")
        #expect(try await Samples.count("SELECT count(*) FROM caisson.migration") == 2)
        let closed = try await shell("\"$CAISSON\" migrate status >&-", in: project)
        expectStatus(1, closed)
        #expect(closed.errorOutput.contains("The output could not be written: Bad file descriptor."))
        // Were the stream's number given to the connection, the error would be sent to the server.
        let errors = try await shell("\"$CAISSON\" migrate down --to 99 2>&- >&-", in: project)
        #expect(errors.ending == .exited(1))
        expectStatus(0, try await shell("\"$CAISSON\" migrate status <&-", in: project))
    }

    @Test func `a failure keeps its code when nobody hears of it`() async throws {
        let project = try await applied()
        try project.write("-- migrate:up\nSELECT 2;", to: "migrations/1_create_item.sql")
        expectStatus(13, try await shell("\"$CAISSON\" migrate up --json > /dev/full", in: project))
    }

    @Test func `names of others say nothing to a terminal`() async throws {
        let escape = "\u{1B}"
        let project = try Project.onDatabase([
            "migrations/1_a\(escape)[31mb\u{202E}.sql": "-- migrate:up\nSELECT 1;",
            "backfills/d\(escape)[5m.sql":
                "-- table: item\nUPDATE item SET label = '' FROM chunk WHERE item.id = chunk.id",
        ])
        for command in [
            "migrate status", "backfill list", "migrate up", "migrate status --json", "status --json",
            "backfill run x",
            "migrate up --to \(escape)[2J", "backfill run \(escape)]0;x\u{7}",
        ] {
            let result = try await project.caisson(command)
            for text in [result.output, result.errorOutput] {
                #expect(
                    !text.contains(escape) && !text.contains("\u{202E}") && !text.contains("\u{7}"),
                    "\(text)"
                )
            }
        }
        #expect(try await project.caisson("migrate status").output.contains(#"a\x1B[31mb\u202E"#))
    }

    // MARK: --output

    @Test func `a dump replaces a file, and no device, link, pipe or folder`() async throws {
        let project = try await applied()
        let folder = project.folder
        try FileManager.default.createDirectory(atPath: folder + "/real", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/link.sql",
            withDestinationPath: "real/s.sql"
        )
        expectStatus(0, try await project.caisson("migrate dump --output link.sql"))
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: folder + "/link.sql") == "real/s.sql"
        )
        #expect(try await project.caisson("migrate dump --output link.sql").output.hasPrefix("unchanged"))
        try project.write("older", to: "real/s.sql")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o640],
            ofItemAtPath: folder + "/real/s.sql"
        )
        expectStatus(0, try await project.caisson("migrate dump --output link.sql"))
        let permissions = try FileManager.default.attributesOfItem(atPath: folder + "/real/s.sql")[
            .posixPermissions
        ]
        #expect(permissions as? Int == 0o640)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/real") == ["s.sql"])
        let onFolder = try await project.caisson("migrate dump --output real")
        expectStatus(1, onFolder)
        #expect(onFolder.errorOutput.contains("real could not be written: it is a folder"))
        expectStatus(0, try await project.caisson("migrate dump --output /dev/null"))
        #expect(
            !FileManager.default.fileExists(atPath: "/dev/null/x")
                && FileHandle(forReadingAtPath: "/dev/null") != nil
        )
        let piped = try await shell(
            "mkfifo p && { cat p > got & } && \"$CAISSON\" migrate dump --output p && wait && cat got",
            in: project
        )
        expectStatus(0, piped)
        #expect(piped.output.contains("-- caisson:ledger 1") && project.exists("p"))
        let link = try await shell("\"$CAISSON\" migrate dump --output /dev/stdout | cat", in: project)
        #expect(link.output.contains("-- caisson:ledger 1"))
    }

    @Test func `a dump leaves out passwords of foreign servers, and says so`() async throws {
        let project = try await applied()
        try await Samples.execute("CREATE FOREIGN DATA WRAPPER nothing")
        try await Samples.execute("CREATE SERVER far FOREIGN DATA WRAPPER nothing OPTIONS (host 'h')")
        try await Samples.execute(
            "CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (\"user\" 'u', password 'hunter2hunter2')"
        )
        let dumped = try await project.caisson("migrate dump --output schema.sql")
        expectStatus(0, dumped)
        #expect(dumped.output.contains("  password: CREATE USER MAPPING FOR postgres SERVER far\n"))
        let text = try String(contentsOfFile: project.folder + "/schema.sql", encoding: .utf8)
        #expect(!text.contains("hunter2") && text.contains("host 'h'"))
        let streamed = try await project.caisson("migrate dump --output -")
        #expect(
            !streamed.output.contains("hunter2")
                && streamed.errorOutput.contains("password: CREATE USER MAPPING")
        )
    }

    // MARK: The end

    /// The database is being connected to, over TCP and by way of GSSAPI's library, when the file is refused.
    @Test func `the process ends by itself, whatever its threads do`() async throws {
        var configuration = TestServer.throwaway()
        let port = try PrivateServer.unusedLoopbackPort()
        configuration.access = .socketAndLoopback(port: port, password: "right")
        try await TestServer.withOwn(configuration) { _ in
            let url = "postgresql://postgres:right@127.0.0.1:\(port)/postgres"
            let project = try Project(
                ["migrations/1_a.sql": "SELECT 'open"],
                environment: ["DATABASE_URL": url]
            )
            for _ in 1...40 { expectStatus(1, try await project.caisson("migrate status")) }
        }
    }
}

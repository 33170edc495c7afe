import Foundation
import TestSupport
import Testing

@testable import LocalServer

/// Fake programs in a folder of the test's own.
final class DumpProgramTests {
    private let root = "/tmp/caisson-dump-programs-" + UUID().uuidString

    deinit { try? FileManager.default.removeItem(atPath: root) }

    @discardableResult
    private func install(_ directory: String, _ script: String) throws -> String {
        let path = "\(root)/\(directory)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try "#!/bin/sh\n\(script)\n".write(toFile: "\(path)/pg_dump", atomically: true, encoding: .utf8)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o755]
        try FileManager.default.setAttributes(attributes, ofItemAtPath: "\(path)/pg_dump")
        return path
    }

    private func install(_ directory: String, version: String) throws -> String {
        try install(directory, "echo 'pg_dump (PostgreSQL) \(version)'")
    }

    private func find(_ server: Int, _ environment: [String: String] = [:]) async throws -> String {
        let places = ["\(root)/lib/*/bin"]
        return try await DumpProgram.find(forServer: server, environment: environment, places: places).path
    }

    @Test func `the one of the server's version is taken, wherever it is`() async throws {
        let path = try install("tools", version: "17.2")
        try install("lib/16/bin", "echo 'pg_dump (PostgreSQL) 16.4'")
        try install("lib/15/bin", "echo 'pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)'")
        #expect(try await find(15, ["PATH": path]) == "\(root)/lib/15/bin/pg_dump")
    }

    @Test func `without it the next newer one is taken`() async throws {
        let path = try install("tools", version: "18beta1")
        try install("lib/17/bin", "echo 'pg_dump (PostgreSQL) 17.2'")
        try install("lib/14/bin", "echo 'pg_dump (PostgreSQL) 14.1'")
        #expect(try await find(16, ["PATH": path]) == "\(root)/lib/17/bin/pg_dump")
    }

    @Test func `only older ones are an error that says what to install`() async throws {
        let path = try install("tools", version: "14.1")
        let error = await #expect(throws: DumpProgramError.self) { try await find(16, ["PATH": path]) }
        let text = try #require(error).description
        #expect(
            text.contains(
                "the server is PostgreSQL 16, and no pg_dump here can read it: \(path)/pg_dump is 14"
            )
        )
        #expect(text.contains("postgresql-client-16"))
    }

    @Test func `none at all, and one that does not run, are an error with the places`() async throws {
        let broken = try install("broken", "exit 1")
        let error = await #expect(throws: DumpProgramError.self) { try await find(15, ["PATH": broken]) }
        #expect(try #require(error) == .notFound(searched: [broken], only: nil))
        try install("lib/15/bin", "echo 'pg_dump (PostgreSQL) 15.1'")
        let only = await #expect(throws: DumpProgramError.self) {
            try await find(15, ["CAISSON_PG_BIN": broken])
        }
        #expect(try #require(only) == .notFound(searched: [broken], only: broken))
    }

    @Test func `what it writes and what it says are kept apart, and passwords come by the environment`()
        async throws
    {
        let folder = try install(
            "tools",
            """
            for word; do case $word in --file=*) echo "$PGPASSWORD $1" > "${word#--file=}";; esac; done
            echo 'pg_dump: warning: circular' >&2
            """
        )
        let program = DumpProgram(path: folder + "/pg_dump", majorVersion: 15)
        let output = try await program.run(["--first"], environment: ["PGPASSWORD": "secret"])
        #expect(
            output == DumpProgram.Output(text: "secret --first\n", warnings: "pg_dump: warning: circular")
        )
    }

    @Test func `its failure is passed on in its own words`() async throws {
        let folder = try install("tools", "echo 'pg_dump: error: no such table' >&2; exit 3")
        let program = DumpProgram(path: folder + "/pg_dump", majorVersion: 15)
        let error = await #expect(throws: DumpProgramError.self) { try await program.run([]) }
        #expect(
            try #require(error) == .failed(path: program.path, reason: "pg_dump: error: no such table")
        )
    }
}

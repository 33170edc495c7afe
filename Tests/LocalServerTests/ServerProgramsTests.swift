import Foundation
import TestSupport
import Testing

@testable import LocalServer

/// Fake installations in a folder of the test's own.
final class `The search for PostgreSQL's programs` {
    private let root = "/tmp/caisson-programs-" + UUID().uuidString
    private let nothing = ServerFolder(path: "/nonexistent", port: 5432)

    deinit { try? FileManager.default.removeItem(atPath: root) }

    @discardableResult
    private func install(_ directory: String, version: String, programs: [String]? = nil) throws -> String {
        let path = "\(root)/\(directory)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for program in programs ?? ["initdb", "pg_ctl", "postgres"] {
            let script = "#!/bin/sh\necho '\(program) (PostgreSQL) \(version)'\n"
            try script.write(toFile: "\(path)/\(program)", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: "\(path)/\(program)"
            )
        }
        return path
    }

    private func find(
        _ environment: [String: String] = [:],
        for folder: ServerFolder? = nil
    ) async throws -> String {
        try await ServerPrograms.find(
            forDataFolder: folder ?? nothing,
            environment: environment,
            places: ["\(root)/lib/*/bin", "\(root)/opt/postgresql@*/bin", "\(root)/local/bin"]
        ).directory
    }

    @Test func `takes the highest version, which is not the last in the alphabet`() async throws {
        for version in ["9.6", "15", "9.4"] {
            try install("lib/\(version)/bin", version: version)
        }
        try FileManager.default.createDirectory(
            atPath: "\(root)/lib/doc/bin",
            withIntermediateDirectories: true
        )
        #expect(try await find() == "\(root)/lib/15/bin")
    }

    @Test func `passes over an incomplete installation`() async throws {
        try install("lib/17/bin", version: "17.1", programs: ["pg_ctl"])
        let complete = try install("opt/postgresql@16/bin", version: "16.3")
        #expect(try await find() == complete)
    }

    @Test func `prefers the PATH, and pg_config to the usual places`() async throws {
        try install("lib/15/bin", version: "15.2")
        let configured = try install("configured", version: "16.1")
        let tools = try install("tools", version: "", programs: [])
        try "#!/bin/sh\necho \(configured)\n".write(
            toFile: "\(tools)/pg_config",
            atomically: true,
            encoding: .utf8
        )
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(tools)/pg_config")
        #expect(try await find(["PATH": tools]) == configured)
        let onPath = try install("mine", version: "14.0")
        #expect(try await find(["PATH": "\(tools):\(onPath)"]) == onPath)
    }

    @Test func `takes CAISSON_PG_BIN and nothing else`() async throws {
        try install("lib/15/bin", version: "15.2")
        let chosen = try install("mine", version: "14.0")
        #expect(try await find(["CAISSON_PG_BIN": chosen]) == chosen)
        let error = await #expect(throws: LocalServerError.self) {
            try await find(["CAISSON_PG_BIN": "/nowhere"])
        }
        #expect(error == .programsNotFound(searched: ["/nowhere"], only: "/nowhere"))
        #expect(error?.description.hasSuffix("unset CAISSON_PG_BIN") == true)
    }

    @Test func `that finds nothing says how to install it`() async throws {
        let error = await #expect(throws: LocalServerError.self) { try await find() }
        let text = try #require(error?.description)
        for part in [
            "\(root)/local/bin", "make setup", "apt-get install postgresql", "brew install postgresql@17",
        ] {
            #expect(text.contains(part))
        }
    }

    @Test func `takes the version that made the data folder`() async throws {
        try install("lib/17/bin", version: "17.1 (Debian 17.1-1)")
        try install("lib/18/bin", version: "18beta1")
        let folder = ServerFolder(path: root, port: 5432)
        try FileManager.default.createDirectory(atPath: folder.data, withIntermediateDirectories: true)
        try "17\n".write(toFile: folder.data + "/PG_VERSION", atomically: true, encoding: .utf8)
        #expect(try await find(for: folder) == "\(root)/lib/17/bin")
        try "13\n".write(toFile: folder.data + "/PG_VERSION", atomically: true, encoding: .utf8)
        let error = await #expect(throws: LocalServerError.self) { try await find(for: folder) }
        #expect(error?.description.contains("PostgreSQL 13") == true)
        #expect(error?.description.hasSuffix("rm -rf '\(root)'") == true)
    }
}

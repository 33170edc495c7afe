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

    /// A program that writes down all that it can see of itself.
    private func installWitness() throws -> DumpProgram {
        let folder = try install(
            "tools",
            """
            for word; do case $word in --file=*) file="${word#--file=}";; --dbname=*) name="${word#--dbname=}";; esac; done
            { echo "arguments $*"; env | sort; } > "\(root)/seen"
            pass=; case $name in *passfile=*) pass=${name##*passfile=\\'}; pass=${pass%%\\'*};; esac
            ls -ld "$(dirname "$file")" "$file" $PGSERVICEFILE ${pass:+"$pass"} | cut -c1-10 > "\(root)/modes"
            echo "text" > "$file"
            cat "$pass" "$PGSERVICEFILE" /dev/null > "\(root)/secrets" 2>/dev/null
            echo "$file" > "\(root)/file"
            echo 'pg_dump: warning: circular' >&2
            """
        )
        return DumpProgram(path: folder + "/pg_dump", majorVersion: 15)
    }

    private func read(_ name: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(name)", encoding: .utf8)
    }

    @Test func `what it writes and what it says are kept apart`() async throws {
        let output = try await installWitness().run(["--first"], from: ["dbname": "it's"])
        #expect(output == DumpProgram.Output(text: "text\n", warnings: "pg_dump: warning: circular"))
        #expect(try read("seen").contains("arguments --first --dbname=dbname='it\\'s' --file="))
    }

    @Test
    func `secrets are in no argument and no variable, but in files of this user alone, gone afterwards`()
        async throws
    {
        let settings = ["host": "h", "password": "pass:w\\ord", "sslpassword": "key phrase"]
        _ = try await installWitness().run([], from: settings)
        let seen = try read("seen")
        #expect(!seen.contains("pass:w") && !seen.contains("key phrase"))
        #expect(seen.contains("host='h'") && seen.contains("service='caisson'"))
        #expect(try read("secrets") == "*:*:*:*:pass\\:w\\\\ord\n[caisson]\nsslpassword=key phrase\n")
        let modes = try read("modes").split(separator: "\n")
        #expect(modes.count == 4 && modes.allSatisfy { $0.hasSuffix("------") }, "\(modes)")
        let file = try read("file").trimmingCharacters(in: .newlines)
        #expect(!FileManager.default.fileExists(atPath: NSString(string: file).deletingLastPathComponent))
    }

    @Test func `of our environment a program gets what it needs`() {
        let own = [
            "PATH": "/bin", "PGHOST": "h", "PGPASSWORD": "p", "DATABASE_URL": "u",
            "AWS_SECRET_ACCESS_KEY": "k",
            "KRB5CCNAME": "c", "LC_ALL": "de_DE",
        ]
        #expect(ProgramEnvironment.bare(own) == ["PATH": "/bin", "LC_ALL": "C"])
        #expect(
            ProgramEnvironment.withoutSecrets(own) == ["PATH": "/bin", "KRB5CCNAME": "c", "LC_ALL": "de_DE"]
        )
        #expect(
            ProgramEnvironment.client(own)
                == ["PATH": "/bin", "LC_ALL": "C", "PGHOST": "h", "KRB5CCNAME": "c"]
        )
    }

    @Test func `a password of the environment goes by the file as well`() throws {
        let folder = try ProgramFolder()
        defer { folder.remove() }
        let address = try folder.address(of: [:], ["PGPASSWORD": "fromenv"])
        #expect(address.dbname == "passfile='\(folder.path)/password'" && address.environment.isEmpty)
        #expect(try String(contentsOfFile: folder.path + "/password", encoding: .utf8) == "*:*:*:*:fromenv\n")
    }

    @Test(arguments: ["it's", "back\\slash", "a b", "", "x=y", "e'\u{301}"])
    func `any value is quoted for libpq`(_ name: String) throws {
        let folder = try ProgramFolder()
        defer { folder.remove() }
        let quoted = name.unicodeScalars.map { "'\\".unicodeScalars.contains($0) ? "\\\($0)" : "\($0)" }
            .joined()
        #expect(try folder.address(of: ["dbname": name], [:]).dbname == "dbname='\(quoted)'")
    }

    @Test(arguments: [
        (["service": "mine", "sslpassword": "k"], [:]), (["sslpassword": "k"], ["PGSERVICE": "mine"]),
        (["sslpassword": "spacy "], [:]), (["sslpassword": String(repeating: "x", count: 201)], [:]),
    ])
    func `a secret that cannot be handed over is told without it`(
        _ settings: [String: String],
        _ environment: [String: String]
    ) throws {
        let folder = try ProgramFolder()
        defer { folder.remove() }
        let error = try #require(throws: DumpProgramError.self) {
            try folder.address(of: settings, environment)
        }
        #expect(error.description.hasPrefix("sslpassword cannot be handed to pg_dump without being shown"))
        #expect(!error.description.contains(settings["sslpassword"] ?? "") || settings["sslpassword"] == "k")
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

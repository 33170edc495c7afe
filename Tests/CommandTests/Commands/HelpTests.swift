import TestSupport
import Testing

@Suite struct HelpTests {
    @Test func `the root command names every command and the shared options`() async throws {
        let result = try await Project().caisson("--help")
        expectStatus(0, result)
        #expect(result.errorOutput == "")
        let words = [
            "USAGE: caisson", "init ", "status ", "migrate ", "backfill ", "import ", "server ",
            "--database <url>",
            "--local", "--json", "--quiet", "--migrations <dir>", "--backfills <dir>", "--schema <name>",
            "--version",
            "(default: migrations)", "(default: backfills)", "Exit codes: 0 done",
        ]
        for word in words { #expect(result.output.contains(word), "\(word)") }
    }

    @Test(arguments: [
        (
            "migrate --help",
            ["new", "status", "up", "down", "redo", "adopt", "baseline", "dump", "load", "squash"]
        ),
        ("backfill --help", ["new", "list", "run", "status", "pause", "resume", "cancel", "verify"]),
        ("server --help", ["start", "stop", "status"]),
        (
            "backfill run --help",
            ["--dry-run", "--workers", "--chunk-size", "--restart", "--accept-change", "--adopt"]
        ),
        ("help import", ["--into", "--max-record-size", "caisson import status"]),
        ("import status --help", ["--into", "--all"]),
        (
            "import --help",
            [
                "--into", "--map", "--on-conflict", "--key", "--null", "--delimiter", "--no-header", "--set",
                "--dry-run",
            ]
        ),
    ])
    func `a command explains itself`(_ arguments: String, _ words: [String]) async throws {
        let result = try await Project().caisson(arguments)
        expectStatus(0, result)
        for word in words { #expect(result.output.contains(word), "\(word)") }
    }

    @Test func `the version is one line`() async throws {
        #expect(try await Project().caisson("--version") == ToolResult(ending: .exited(0), output: "0.1.0\n"))
    }

    @Test(arguments: [
        "nonsense", "backfill run", "backfill run a --all", "backfill run a --workers 0",
        "backfill run a --chunk-size 0",
        "migrate up --to x", "migrate up --to 1 --steps 1", "migrate down --steps 0",
        "migrate up --lock-wait soon",
        "status --database x --local", "import a.csv", "import a.csv --into t --key id",
        "import a.csv --into t --map id", "import a.csv --into t --delimiter xy", "status --bogus",
    ])
    func `a mistake in the arguments is exit code 2`(_ arguments: String) async throws {
        let result = try await Project().caisson(arguments)
        expectStatus(2, result)
        #expect(result.output == "")
        #expect(result.errorOutput.hasPrefix("Error: "))
    }

    @Test func `a mistake in the arguments is a JSON line with --json`() async throws {
        let result = try await Project().caisson("backfill run --json")
        expectStatus(2, result)
        #expect(result.errorOutput == "")
        let lines = try result.jsonLines()
        #expect(lines.count == 1)
        #expect(lines.first?["event"] == .string("error"))
        #expect(lines.first?["code"] == .number(2))
        #expect(lines.first?["message"]?.text?.hasPrefix("Name a backfill, or say --all.") == true)
    }
}

import Foundation
import Postgres
import TestSupport
import Testing

/// Standard input, which cannot be read again: all of it is one transaction.
@Suite(.freshDatabase) struct ImportPipeTests {
    private static let rows = 40_000
    /// More than one chunk, with a row that cannot be read and two that are refused.
    private static let bad = [9: "9,a,b", 20_000: "x,refused", 39_999: "39999,bad"]

    private static func text(_ bad: [Int: String] = bad) -> String {
        "id,name\n" + (1...rows).map { (bad[$0] ?? "\($0),name of the row \($0)") + "\n" }.joined()
    }

    private func project() async throws -> Project {
        try await Samples.execute(
            "CREATE TABLE place (id integer PRIMARY KEY, name text CHECK (name <> 'bad'))"
        )
        return try Project.onDatabase()
    }

    @Test(arguments: ["", " --on-conflict update", " --on-conflict nothing"])
    func `bad rows are left out in all chunks`(_ conflict: String) async throws {
        let project = try await project()
        let arguments = "import - --into place --chunk-size 1 --max-skipped 3 --json\(conflict)"
        let result = try await project.caisson(arguments, input: Self.text())
        expectStatus(21, result)
        #expect(try result.jsonLines().last?["rows_inserted"] == .number(Double(Self.rows - 3)))
        #expect(!result.output.contains("import.stored"), "nothing is stored before the end")
        #expect(try await Samples.count("SELECT count(*) FROM place") == Self.rows - 3)
        let lines = try await project.caisson("import - --into place --skipped --json").jsonLines()
        #expect(lines.compactMap { $0["line"]?.number } == [10, 20_001, 40_000])
        #expect(lines.compactMap { $0["text"]?.text } == Self.bad.sorted { $0.key < $1.key }.map(\.value))
    }

    @Test func `one bad row more than allowed stores nothing at all`() async throws {
        let project = try await project()
        let arguments = "import - --into place --chunk-size 1 --max-skipped 2"
        let result = try await project.caisson(arguments, input: Self.text())
        expectStatus(1, result)
        #expect(result.errorOutput.contains("standard input, line 40000"), "\(result.errorOutput)")
        #expect(result.errorOutput.contains("Nothing was stored."))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 0)
        #expect(try await Samples.count("SELECT count(*) FROM caisson.backfill_skipped") == 0)
    }

    @Test func `the same pipe can be imported as often as one likes`() async throws {
        let project = try await project()
        let arguments = "import - --into place --max-skipped 3 --on-conflict nothing"
        for _ in 1...2 { expectStatus(21, try await project.caisson(arguments, input: Self.text())) }
        #expect(try await Samples.count("SELECT count(*) FROM place") == Self.rows - 3)
        #expect(
            try await Samples.count("SELECT count(*) FROM caisson.import_run WHERE state = 'completed'") == 2
        )
    }

    @Test func `several workers cannot share a pipe`() async throws {
        let project = try await project()
        let result = try await project.caisson("import - --into place --workers 2", input: Self.text())
        expectStatus(2, result)
        #expect(result.errorOutput.contains("Leave --workers out, or store the rows in a file first."))
        #expect(try await Samples.count("SELECT count(*) FROM place") == 0)
    }
}

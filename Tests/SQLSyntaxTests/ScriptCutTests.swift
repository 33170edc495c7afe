import Testing

@testable import SQLSyntax

/// A script that is cut where a section begins is what scanning each section gives.
@Suite struct ScriptCutTests {
    private static let mark = "-- the second part\n"

    /// The parts of two scripts one behind the other, as cut and as scanned; nil where a cut is refused.
    private func parts(_ first: String, _ second: String) throws -> (cut: [Script], scanned: [Script])? {
        let bytes = Array((first + Self.mark + second).utf8)
        let place = first.utf8.count
        var left = try StatementSplitter.scan(bytes)
        guard let right = left.cut(at: place) else { return nil }
        let scanned = try [0..<place, place..<bytes.count].map { try StatementSplitter.scan(bytes, in: $0) }
        return ([left, right], scanned)
    }

    @Test(arguments: [
        ("SELECT 1;\n", "SELECT 2;\n"), ("", "SELECT 2"), ("SELECT 1;\n", ""),
        ("-- only a comment\n", "-- another\n"),
        ("COPY a FROM STDIN;\n1\n\\.\n", "SELECT 1;"),
        ("SELECT 1; /* one */ SELECT 2; -- two\n", "SELECT 3; SELECT 4"),
    ])
    func `a cut is what a scan of the parts gives`(_ first: String, _ second: String) throws {
        let (cut, scanned) = try #require(try parts(first, second))
        #expect(cut == scanned)
    }

    @Test(arguments: [
        "SELECT 1\n", "SELECT (1\n", "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1;\n",
    ])
    func `a statement that goes over the place is not cut`(_ first: String) throws {
        #expect(try parts(first, "SELECT 2;") == nil)
    }

    @Test func `where a template stands nobody knows whose it is`() throws {
        #expect(try parts("SELECT {{ a }};\n", "SELECT 2;") == nil)
    }

    @Test func `the scripts of the corpus are cut as they are scanned`() throws {
        let scripts = try CorpusTests.corpus().map(\.script)
        var compared = 0
        for (first, second) in zip(scripts, scripts.dropFirst()) {
            guard let (cut, scanned) = try? parts(first + "\n;\n", second) else { continue }
            #expect(cut == scanned, "\(first)")
            compared += 1
        }
        #expect(compared > scripts.count / 2)
    }
}

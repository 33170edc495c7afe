import Foundation
import SQLSyntax
import Testing

/// Whether a corpus of scripts is cut as PostgreSQL's own scanner and parser cut it.
///
/// `Corpus/make_corpus.py` says where the corpus and the answers come from.
@Suite struct CorpusTests {
    static func corpus() throws -> [CorpusScript] {
        let file = try #require(
            Bundle.module.url(forResource: "corpus", withExtension: "jsonl", subdirectory: "Corpus")
        )
        return try Data(contentsOf: file).split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(CorpusScript.self, from: $0)
        }
    }

    @Test func `the corpus holds what it promises`() throws {
        let scripts = try Self.corpus()
        #expect(scripts.map(\.statements.count).reduce(0, +) >= 2_000)
        #expect(scripts.contains { $0.statements.contains { $0.data != nil } })
    }

    @Test func `every statement begins and ends where the parser says`() throws {
        for script in try Self.corpus() {
            let found = try StatementSplitter.split(script.bytes).map {
                CorpusScript.Statement(
                    start: $0.range.lowerBound,
                    end: $0.range.upperBound,
                    data: $0.copyData.map { [$0.lowerBound, $0.upperBound] }
                )
            }
            #expect(found == script.statements, "\(script.script)")
        }
    }

    @Test func `every token begins and ends where the scanner says`() throws {
        for script in try Self.corpus() {
            let data = script.statements.compactMap(\.data)
            let found = try Self.tokens(of: script.bytes, without: data)
            #expect(found == script.tokens, "\(script.script)")
        }
    }

    /// The tokens between the stretches of COPY data, which the scanner does not see.
    private static func tokens(of bytes: [UInt8], without data: [[Int]]) throws -> [[Int]] {
        let starts = [0] + data.map { $0[1] + #"\."#.utf8.count }
        let ends = data.map { $0[0] } + [bytes.count]
        var tokens: [[Int]] = []
        for (start, end) in zip(starts, ends) {
            var lexer = Lexer(bytes, in: start..<end)
            while let token = try lexer.next() {
                guard token.kind != .whitespace else { continue }
                tokens.append([token.range.lowerBound, token.range.upperBound])
            }
        }
        return tokens
    }
}

/// A line of the corpus: a script with the places, in bytes, of its statements and tokens.
struct CorpusScript: Decodable {
    struct Statement: Decodable, Equatable {
        let start: Int
        let end: Int
        /// Begin and end of the COPY data.
        let data: [Int]?
    }

    let script: String
    let statements: [Statement]
    let tokens: [[Int]]

    var bytes: [UInt8] { Array(script.utf8) }
}

import Foundation
import Testing

/// Every function in a statement of ours is named with its schema: by its name alone a better match in somebody's would be called.
struct QualifiedNameTests {
    /// Texts for people, and patterns of what others write.
    private static let exceptions = ["NewBackfill.swift", "LockBlocker.swift", "DumpedStatements.swift"]
    /// What looks like a call and is none.
    private static let words: Set = [
        "all", "and", "any", "array", "as", "between", "by", "case", "cast", "check", "coalesce", "component",
        "conflict", "distinct",
        "else", "event", "except", "exists", "extract", "filter", "from", "greatest", "in", "interval",
        "into", "key", "lateral",
        "least", "not", "nullif", "on", "only", "operator", "or", "over", "recursive", "references",
        "returning", "row", "select",
        "set", "some", "table", "then", "union", "unique", "using", "values", "when", "where", "with",
        "within",
    ]

    @Test func `functions are called in pg_catalog`() throws {
        var found: [String] = []
        for file in try Self.files() {
            let text = try String(contentsOf: file, encoding: .utf8)
            for literal in Self.literals(of: text) where Self.isSQL(literal) {
                found += Self.bareCalls(in: literal).map { "\(file.lastPathComponent): \($0)" }
            }
        }
        #expect(found.isEmpty, "\(found.joined(separator: "\n"))")
    }

    @Test func `a bare call is found, one with a schema is none`() {
        #expect(Self.bareCalls(in: "SELECT max(id), pg_catalog.min(id) FROM t WHERE a IN (1)") == ["max"])
        #expect(Self.bareCalls(in: #"SELECT 'x(' || lower(\(name)) FROM f() AS k(a)"#) == ["lower", "f"])
    }

    private static func files() throws -> [URL] {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources").standardizedFileURL
        let folders = ["Postgres", "Control", "Bulk", "Imports", "Backfills", "Migrations"]
        return folders.flatMap { folder -> [URL] in
            let walk = FileManager.default.enumerator(
                at: sources.appendingPathComponent(folder),
                includingPropertiesForKeys: nil
            )
            return (walk?.compactMap { $0 as? URL } ?? []).filter { file in
                file.pathExtension == "swift" && !exceptions.contains(file.lastPathComponent)
            }
        }
    }

    /// The string literals of a source file, with what is interpolated left out.
    private static func literals(of text: String) -> [String] {
        var literals: [String] = []
        let code = text.replacing(/(?m)^\s*\/\/.*$/, with: "")
        for match in code.matches(of: /"""(?s:.*?)"""|"(?:[^"\\\n]|\\.)*"/) {
            literals.append(
                String(code[match.range]).trimmingCharacters(in: CharacterSet(charactersIn: "\""))
            )
        }
        return literals
    }

    private static func isSQL(_ literal: String) -> Bool {
        literal.contains(/\b(SELECT|FROM|WHERE|UPDATE|INSERT|DELETE|RETURNING|CASE|EXISTS)\b|::/)
    }

    private static func bareCalls(in literal: String) -> [String] {
        let bare = literal.replacing(/\\\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)/, with: "$1")
            .replacing(/'(?:[^']|'')*'/, with: "''")
            .replacing(/\bAS\s+\w+\(/, with: "AS (")
        return bare.matches(of: /(?<before>\\\(|[\w.$"]?)\b(?<name>[a-z_][a-z_0-9]*)\(/)
            .filter { $0.output.before.isEmpty && !words.contains(String($0.output.name)) }
            .map { String($0.output.name) }
    }
}

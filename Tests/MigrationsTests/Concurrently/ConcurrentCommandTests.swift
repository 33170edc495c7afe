import SQLSyntax
import Testing

@testable import Migrations

@Suite struct ConcurrentCommandTests {
    private func command(_ text: String) throws -> ConcurrentCommand? {
        ConcurrentCommand(try #require(StatementSplitter.split(Array(text.utf8)).first))
    }

    @Test(
        arguments: [
            ("CREATE INDEX CONCURRENTLY a_x ON a (x)", "a_x", "a", "(x)"),
            (
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"A x\" ON ONLY s.\"T\" USING btree (x)",
                "A x", "s.\"T\"", "USING btree (x)"
            ),
            ("create index concurrently Foo on Bar (x) where x > 0", "foo", "Bar", "(x) where x > 0"),
            ("CREATE INDEX CONCURRENTLY ON a (x)", nil, "a", "(x)"),
        ] as [(String, String?, String, String)]
    )
    func `an index is taken apart`(
        text: String,
        name: String?,
        table: String,
        definition: String
    ) throws {
        guard case .createIndex(let index) = try command(text) else {
            Issue.record("no index")
            return
        }
        #expect(index.name == name)
        #expect(index.table == table)
        #expect(index.definition == definition)
        #expect(index.isOnly == text.contains("ONLY"))
        #expect(index.ifNotExists == text.contains("IF NOT"))
        #expect(index.verb == (text.contains("UNIQUE") ? "CREATE UNIQUE INDEX" : "CREATE INDEX"))
    }

    @Test func `the others are taken apart`() throws {
        #expect(try command("DROP INDEX CONCURRENTLY IF EXISTS s.a_x CASCADE") == .dropIndex("s.a_x"))
        #expect(
            try command("ALTER TABLE IF EXISTS s.a DETACH PARTITION \"B\" CONCURRENTLY")
                == .detachPartition(table: "s.a", partition: "\"B\"")
        )
        let texts = [
            "REINDEX INDEX CONCURRENTLY s.a_x", "REINDEX (CONCURRENTLY, VERBOSE) INDEX s.a_x",
            "REINDEX (VERBOSE) INDEX CONCURRENTLY s.a_x",
        ]
        for text in texts {
            guard case .reindex(let reindexing) = try command(text) else {
                Issue.record("no REINDEX: \(text)")
                continue
            }
            #expect(reindexing.object == .index)
            #expect(reindexing.name == "s.a_x")
        }
    }

    @Test(arguments: ["CREATE INDEX a_x ON a (x)", "DROP INDEX a_x", "REINDEX TABLE a", "VACUUM a"])
    func `what does not work concurrently is none of them`(text: String) throws {
        #expect(try command(text) == nil)
    }

    @Test func `the names of parts are stable and short enough`() {
        #expect(PartIndexName.of("visit_at", on: "visit_2026") == "visit_2026_visit_at")
        let long = String(repeating: "ü", count: 40)
        let name = PartIndexName.of(long, on: "visit_2026")
        #expect(name.utf8.count <= 63)
        #expect(name == PartIndexName.of(long, on: "visit_2026"))
        #expect(name != PartIndexName.of(long + "x", on: "visit_2026"))
    }
}

@testable import Backfills
import Bulk
import Postgres
import Testing

/// What is a change of a definition, and what is not.
@Suite struct DefinitionTextTests {
    private static let stored = definition(
        where: "a IS NULL",
        "UPDATE t SET a = 'One' FROM chunk WHERE t.id = chunk.id"
    ).definitionText

    @Test(arguments: [
        "UPDATE t\n  SET a = 'One'\nFROM chunk WHERE t.id = chunk.id",
        "UPDATE t SET a = 'One' FROM chunk WHERE t.id = chunk.id;",
        "UPDATE t SET a = 'One' /* once */ FROM chunk WHERE t.id = chunk.id -- done",
        "-- first\nupdate T set a = 'One' from chunk where t.id = chunk.id",
    ])
    func `comments, white space, a semicolon and the case of keywords are no change`(statement: String) {
        #expect(Self.definition(where: "a IS NULL", statement).isDefined(by: Self.stored))
        #expect(Self.definition(where: "a  IS\nNULL -- yet", statement).isDefined(by: Self.stored))
    }

    @Test(arguments: [
        ("a IS NULL", "UPDATE t SET a = 'one' FROM chunk WHERE t.id = chunk.id"),
        ("a IS NULL", "UPDATE t SET a = 'One ' FROM chunk WHERE t.id = chunk.id"),
        ("a IS NULL", "UPDATE t SET \"A\" = 'One' FROM chunk WHERE t.id = chunk.id"),
        ("a IS NULL", "UPDATE t SET a = 'One' FROM chunk WHERE t.id >= chunk.id"),
        ("a IS NOT NULL", "UPDATE t SET a = 'One' FROM chunk WHERE t.id = chunk.id"),
        (nil, "UPDATE t SET a = 'One' FROM chunk WHERE t.id = chunk.id"),
        ("a IS NULL", "UPDATE t SET a = 'One' FROM chunk WHERE t.id = chunk.id; DELETE FROM t"),
    ])
    func `a literal, a name, an operator and a condition are`(condition: String?, statement: String) {
        #expect(!Self.definition(where: condition, statement).isDefined(by: Self.stored))
    }

    @Test func `the table and the key are, also in the case of their letters`() {
        let statement = "UPDATE t SET a = 'One' FROM chunk WHERE t.id = chunk.id"
        func key(_ column: String) -> Backfill {
            Self.definition(key: [column], where: "a IS NULL", statement)
        }
        #expect(key("id").isDefined(by: key("id").definitionText))
        #expect(!key("ID").isDefined(by: key("id").definitionText))
        #expect(!key("id").isDefined(by: Self.stored))
        #expect(!Self.definition(table: "T", where: "a IS NULL", statement).isDefined(by: Self.stored))
    }

    @Test func `text that cannot be read is compared as it is`() {
        let broken = Self.definition(where: nil, "UPDATE t SET a = 'One FROM chunk")
        #expect(broken.isDefined(by: broken.definitionText))
        #expect(!broken.isDefined(by: broken.definitionText + " "))
    }

    @Test
    func `of a Swift type the version and the columns are a change, white space in the condition is not`()
        throws
    {
        struct Sample: RowBackfill {
            let name = "sample"
            var version = 1
            var columns = "Name"
            var condition = "a IS NULL"
            var source: Source { Source(table: "t", key: "id", columns: columns, where: condition) }
            let sink = Sink.update("t", key: ["id"], set: ["a"])
            func transform(_ row: Row, into output: inout Output) throws {}
        }
        let stored = try Sample().definition().definitionText
        #expect(try Sample(condition: "a  IS NULL").definition().isDefined(by: stored))
        #expect(try !Sample(version: 2).definition().isDefined(by: stored))
        #expect(try !Sample(columns: "name").definition().isDefined(by: stored))
        #expect(try !Sample(condition: "b IS NULL").definition().isDefined(by: stored))
    }

    private static func definition(
        table: String = "t",
        key: [String] = [],
        where condition: String?,
        _ statement: String
    ) -> Backfill {
        Backfill(
            name: "sample",
            table: Identifier(table),
            key: key,
            condition: condition.map { SQLText($0) },
            verification: nil,
            work: .sql(SQLText(statement))
        )
    }
}

import Postgres
import TestSupport
import Testing

@testable import Bulk

/// Columns that are called like relations of the statements that are made.
@Suite(.freshDatabase) struct CapturedNameTests {
    private static let script = """
        CREATE TABLE item (target int PRIMARY KEY, before int, after int, duplicate int, kind int);
        INSERT INTO item VALUES (1, 2, 3, 4, 5)
        """

    @Test func `rows are shown whole, before and after`() throws {
        let connection = try connection(running: Self.script)
        let batch = try Batch([(Int32(1), Int32(7))])
        let sink = Sink.update("item", key: ["target"], set: ["before"])
        let changes = try connection.rolledBackTransaction { connection in
            try SinkWriter(sink, on: connection).writeShowingRows(batch, on: connection)
        }
        let change = try #require(changes.first)
        let row = #"{"kind": 5, "after": 3, "before": %, "target": 1, "duplicate": 4}"#
        #expect(change.before == row.replacing("%", with: "2"))
        #expect(change.after == row.replacing("%", with: "7"))
    }

    @Test func `rows that point to each other may have a key called number`() throws {
        let connection = try connection(
            running: "CREATE TABLE node (number int PRIMARY KEY, parent int REFERENCES node)"
        )
        var sink = Sink.insert(into: "node", columns: ["number", "parent"])
        sink.hierarchy = Hierarchy(key: ["number"], parent: ["parent"])
        let rows: [(Int32, Int32?)] = [(3, 2), (2, 1), (1, nil)]
        #expect(try connection.write(rows, to: sink).outcome.inserted == 3)
    }
}

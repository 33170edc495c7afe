import Bulk
import Postgres
import TestSupport
import Testing

/// What an upsert makes of the row that is there.
@Suite(.freshDatabase)
struct ConflictActionTests {
    static let script = """
        CREATE TABLE page (
            url text PRIMARY KEY, visits int NOT NULL DEFAULT 0, title text, seen int, price numeric(8, 2)
        );
        INSERT INTO page VALUES ('/a', 10, 'A', 5, 1.50), ('/b', 20, 'B', 5, 1.50);
        """
    static let columns = ["url", "visits", "title", "seen"]

    static func sink(_ assignments: [Assignment]) -> Sink {
        .upsert(into: "page", columns: columns, conflict: ["url"], onConflict: .set(assignments))
    }

    static let rows = [("/a", Int32(1), "A2", Int32(9)), ("/b", 0, "B", 1), ("/c", 3, "C", 1)]

    @Test(arguments: [WriteMethod.values, .unnest, .staged])
    func `expressions see the row that is there and the row that comes`(_ method: WriteMethod) throws {
        let connection = try connection(running: Self.script)
        let suffix = "*"
        let sink = Self.sink([
            .column("visits", to: "target.visits + excluded.visits"),
            .column("title", to: "target.title || excluded.title || \(suffix)"),
        ])
        let options = WriteOptions(method: .only(method))
        let outcome = try connection.write(Self.rows, to: sink, options: options).outcome
        #expect([outcome.inserted, outcome.updated] == [1, 2])
        #expect(
            try connection.lines("SELECT url, visits, title, seen FROM page ORDER BY url")
                == ["/a|11|AA2*|5", "/b|20|BB*|5", "/c|3|C|1"]
        )
    }

    @Test func `expressions that change nothing are no updates`() throws {
        let connection = try connection(running: Self.script)
        let sink = Self.sink([
            .column("visits", to: "target.visits + excluded.visits"), "title",
            .column("price", to: "target.price + 0.001"),
        ])
        let outcome = try connection.write(Self.rows, to: sink).outcome
        #expect([outcome.inserted, outcome.updated, outcome.unchanged] == [1, 1, 1])
    }

    @Test func `rows of one batch with the same key are refused where an expression would lose one`() throws {
        let connection = try connection(running: Self.script)
        let sink = Self.sink([.column("visits", to: "target.visits + excluded.visits")])
        #expect(throws: TargetError.self) { try connection.write(Self.rows + Self.rows, to: sink) }
        var lenient = sink
        lenient.duplicates = .lastWins
        #expect(try connection.write(Self.rows + Self.rows, to: lenient).outcome.duplicates == 3)
    }

    @Test(arguments: ["upsert", "update", "synchronize"], [WriteMethod.unnest, .values, .staged])
    func `rows that a condition holds back are counted apart from those already right`(
        _ kind: String,
        _ method: WriteMethod
    ) throws {
        guard kind != "synchronize" || method == .staged else { return }
        let connection = try connection(
            running: Self.script + "INSERT INTO page VALUES ('/d', 4, 'D', 9), ('/e', 5, 'E', NULL)"
        )
        let least = 2
        var sink =
            switch kind {
            case "upsert": Sink.upsert(into: "page", columns: Self.columns, conflict: ["url"])
            case "update": Sink.update("page", key: ["url"], set: ["visits", "title", "seen"])
            default: Sink.synchronize("page", columns: Self.columns, key: ["url"])
            }
        sink.updateCondition = "excluded.seen > target.seen AND excluded.seen > \(least)"
        // Newer, older, new, already right, and one that nothing can be said of.
        let rows = Self.rows + [("/d", 4, "D", 9), ("/e", 6, "E", 9)]
        let outcome = try connection.write(rows, to: sink, options: WriteOptions(method: .only(method)))
            .outcome
        let (inserted, missing) = kind == "update" ? (0, 1) : (1, 0)
        #expect([outcome.inserted, outcome.missing] == [inserted, missing])
        #expect([outcome.updated, outcome.heldBack, outcome.unchanged] == [1, 2, 1])
        #expect(
            try connection.lines("SELECT visits FROM page WHERE url <> '/c' ORDER BY url")
                == ["1", "20", "4", "5"]
        )
    }

    @Test func `held back rows are counted where rows are returned too`() throws {
        let connection = try connection(running: Self.script)
        var sink = Sink.upsert(into: "page", columns: Self.columns, conflict: ["url"])
        sink.updateCondition = "excluded.seen > target.seen"
        sink.noOps = .write
        let (result, rows) = try connection.write(Self.rows, to: sink, returning: ["url"], as: String.self)
        #expect(Set(rows) == ["/a", "/c"])
        #expect([result.outcome.updated, result.outcome.heldBack, result.outcome.unchanged] == [1, 1, 0])
    }

    @Test(
        arguments: [
            ([], "no columns to update are named"), (["nope"], "there is no column nope"),
            (["price"], "the column price gets no value"),
            (["title", "title"], "the column title is named twice"),
        ] as [([Assignment], String)]
    )
    func `assignments that do not fit say why`(_ assignments: [Assignment], _ problem: String) throws {
        let connection = try connection(running: Self.script)
        let error = try #require(throws: TargetError.self) {
            try connection.write(Self.rows, to: Self.sink(assignments))
        }
        #expect(error.description.contains(problem))
    }

    @Test func `a condition without an update is refused`() throws {
        let connection = try connection(running: Self.script)
        var sink = Sink.insert(into: "page", columns: Self.columns)
        sink.updateCondition = "true"
        let error = try #require(throws: TargetError.self) { try connection.write(Self.rows, to: sink) }
        #expect(error.description.contains("nothing is updated"))
    }
}

import Backfills
import Bulk
import Postgres

/// Divides by the population of a city, which fails where nobody lives.
struct Quotient: RowBackfill {
    struct Nobody: Error {}

    let name = "quotient"
    let source = Source(table: "city", key: "id", columns: "id", "population")
    let sink = Sink.update("city", key: ["id"], set: ["search_name"])

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, population) = try row.decode(Int64.self, Int64.self)
        guard population > 0 else { throw Nobody() }
        try output.write(id, "\(1000 / population)")
    }
}

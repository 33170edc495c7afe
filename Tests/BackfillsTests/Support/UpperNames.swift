import Backfills
import Bulk
import Postgres

/// Writes the name in capitals into the same row.
struct UpperNames: RowBackfill {
    let name = "upper_names"
    let source = Source(table: "city", key: "id", columns: "id", "name")
    let sink = Sink.update("city", key: ["id"], set: ["search_name"])

    func transform(_ row: Row, into output: inout Output) throws {
        let (id, name) = try row.decode(Int64.self, String.self)
        try output.write(id, name.uppercased())
    }
}

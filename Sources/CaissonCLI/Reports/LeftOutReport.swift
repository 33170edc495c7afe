/// A compiled backfill that `--all` leaves out, because its table is not in this database.
struct LeftOutReport: Report {
    let name: String
    let table: String

    var json: JSON {
        .object(["event": "backfill.left_out", "name": name, "table": table])
    }

    func text(_ style: Style) -> String? {
        "\(name)  left out: it is compiled in, and there is no table \(table) in this database"
    }
}

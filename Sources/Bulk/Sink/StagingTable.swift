import Postgres

/// A temporary table that holds a set of rows in the types in which they were sent.
///
/// It lives inside one transaction, so nothing of it is left behind in a pooler's session.
struct StagingTable: Sendable {
    /// The schema says that it is the session's own.
    let name = Identifier("pg_temp", "caisson_rows")
    /// What level each row is on, where rows point to each other.
    let levels = Identifier("pg_temp", "caisson_levels")
    let columns: [String]
    let types: [PostgresType]
    let ordinal: String

    /// The rows as an item of FROM.
    func input(ordinal: String, level: Int?) -> SQL {
        guard let level else { return "\(identifier: name) AS input" }
        return """
            \(identifier: name) AS input
                JOIN \(identifier: levels) AS level
                    ON level.ordinal = input.\(identifier: ordinal) AND level.number = \(level)
            """
    }

    var create: SQL {
        let definitions = zip(columns, types).map { "\(identifier: $0) \(unsafe: $1.sqlName)" as SQL }
        return """
            CREATE TEMPORARY TABLE \(identifier: name.name) (
                \(definitions.joined(separator: ", ")), \(identifier: ordinal) bigint
            ) ON COMMIT DROP
            """
    }

    var copy: SQL { CopyStatements.copy(into: name, columns + [ordinal], format: "binary") }

    /// Gives the planner the number of keys; without it every set looks alike.
    var analyze: SQL { "ANALYZE \(identifier: name)" }

    var drop: SQL { "DROP TABLE \(identifier: name)" }

    var dropLevels: SQL { "DROP TABLE \(identifier: levels)" }
}

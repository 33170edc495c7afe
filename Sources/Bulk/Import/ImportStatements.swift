import Postgres

/// The statements of an import, beside COPY itself.
enum ImportStatements {
    /// Rows wait here when the table cannot take them straight away. The schema says that it is the session's
    /// own.
    static let staging = Identifier("pg_temp", "caisson_import")

    /// A table with the same columns. The constraints come along so that a row that breaks one is refused
    /// with its line, unless a trigger may still mend it; defaults do not, because they would use up numbers
    /// of sequences.
    static func createStaging(like table: TargetTable, ordinal: String) -> SQL {
        let constraints: SQL = table.hasBeforeInsertTriggers ? "" : " INCLUDING CONSTRAINTS"
        return """
            CREATE TEMPORARY TABLE \(identifier: staging.name) (
                LIKE \(identifier: table.name) INCLUDING GENERATED\(constraints),
                \(identifier: ordinal) bigint
            ) ON COMMIT DROP
            """
    }

    /// Lets columns be empty that the server would fill in the real table.
    static func dropNotNull(_ columns: [String]) -> SQL {
        let actions = columns.map { "ALTER COLUMN \(identifier: $0) DROP NOT NULL" as SQL }
        return "ALTER TABLE \(identifier: staging) \(actions.joined(separator: ", "))"
    }

    /// Whether a table, or something else that is in its way, has a name.
    static func isThere(_ table: Identifier) -> SQL {
        "SELECT pg_catalog.to_regclass(\(table.quoted)) IS NOT NULL"
    }

    /// Reads a value by the type of a column, below its domain.
    static func read(_ value: String, as column: TargetColumn) -> SQL {
        "SELECT CAST(\(value) AS \(unsafe: column.baseType)) IS NULL"
    }

    /// The transaction is over for us before it is on the disk.
    static let commitLater: SQL = "SET LOCAL synchronous_commit = off"

    /// Whether the planner is to be told of changed rows, by those who may: for others ANALYZE is a warning that helps nobody.
    static func isAnalyzeWorthwhile(_ table: Identifier, changed: Int) -> SQL {
        """
        SELECT \(changed)::pg_catalog.float8 OPERATOR(pg_catalog.>=) (
                   50::pg_catalog.float8 OPERATOR(pg_catalog.+) (
                       0.1::pg_catalog.float8
                       OPERATOR(pg_catalog.*) greatest(class.reltuples::pg_catalog.float8, 0::pg_catalog.float8)))
               AND pg_catalog.pg_has_role(class.relowner, 'USAGE') AND class.relkind IN ('r', 'p')
        FROM pg_catalog.pg_class AS class
        WHERE class.oid = pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid
        """
    }

    /// Whoever has the table in hands goes first.
    static func analyze(_ table: Identifier) -> [SQL] {
        ["SET LOCAL lock_timeout = '1s'", "ANALYZE \(identifier: table)"]
    }

    /// Takes all rows away.
    static func truncate(_ table: Identifier) -> SQL { "TRUNCATE \(identifier: table)" }

    /// A sign of life.
    static let ping: SQL = "SELECT"

    /// Where a chunk begins in an import of one transaction.
    static let savepoint: SQL = "SAVEPOINT caisson_chunk"
    static let release: SQL = "RELEASE SAVEPOINT caisson_chunk"
    static let rollBack: SQL = "ROLLBACK TO SAVEPOINT caisson_chunk"

    /// The number of the server's own process.
    static let processID: SQL = "SELECT pg_catalog.pg_backend_pid()"

    /// Whether one of some processes waits for one of others.
    static func areInTheWay(_ others: [Int32], of processes: [Int32]) -> SQL {
        """
        SELECT EXISTS (
            SELECT
            FROM pg_catalog.unnest(\(processes)::pg_catalog.int4[]) AS waiting (process)
            WHERE pg_catalog.pg_blocking_pids(waiting.process) OPERATOR(pg_catalog.&&) \(others)::pg_catalog.int4[]
        )
        """
    }

    /// Where a part begins that is only tried.
    static let tryPart: SQL = "SAVEPOINT caisson_part"
    static let keepPart: SQL = "RELEASE SAVEPOINT caisson_part"
    static let nextPart = "RELEASE SAVEPOINT caisson_part; SAVEPOINT caisson_part"
    static let takePartBack: SQL = "ROLLBACK TO SAVEPOINT caisson_part"

    /// Has deferred constraints checked now, and from now on when a statement ends.
    static let checkConstraints: SQL = "SET CONSTRAINTS ALL IMMEDIATE"

    /// The foreign keys of a table that are checked at COMMIT.
    static func deferredKeys(of table: Identifier) -> SQL {
        """
        SELECT namespace.nspname, own.conname
        FROM pg_catalog.pg_constraint AS own
        JOIN pg_catalog.pg_namespace AS namespace ON namespace.oid = own.connamespace
        WHERE own.conrelid = pg_catalog.to_regclass(\(table.quoted))::pg_catalog.oid AND own.contype = 'f' AND own.condeferred
        """
    }

    /// Has constraints checked from now on when a statement ends.
    static func check(_ constraints: [Identifier]) -> SQL {
        "SET CONSTRAINTS \(constraints.map { "\(identifier: $0)" as SQL }.joined(separator: ", ")) IMMEDIATE"
    }

    /// Makes room for the next chunk of a transaction.
    static let emptyStaging: SQL = "TRUNCATE \(identifier: staging)"

    /// The staged rows in the order of the file.
    static func staged(_ columns: [String], ordinal: String, limit: Int) -> SQL {
        """
        SELECT \(columns.map { "\(identifier: $0)::text" as SQL }.joined(separator: ", "))
        FROM \(identifier: staging)
        ORDER BY \(identifier: ordinal)
        LIMIT \(limit)
        """
    }
}

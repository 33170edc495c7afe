/// Reads Flyway's table, in which later rows take earlier ones back.
struct FlywayHistory {
    /// What counts in the end, in order.
    private(set) var records: [ForeignRecord] = []

    private let table: String

    init(_ rows: [ForeignRow], table: String) throws(AdoptionError) {
        self.table = table
        for row in rows { try take(row) }
    }

    private mutating func take(_ row: ForeignRow) throws(AdoptionError) {
        switch row.type {
        // Flyway's own note that it has made the schema.
        case "SCHEMA": return
        case "BASELINE", "SQL_BASELINE", "JDBC_BASELINE", "SCRIPT_BASELINE":
            records.append(row.record(.baseline(try version(row)), nil))
        case "DELETE":
            remove(try subject(row))
        case let type where type.hasPrefix("UNDO_"):
            if row.isFinished { remove(try subject(row)) } else { append(try subject(row), row) }
        default:
            append(try subject(row), row)
        }
    }

    /// The latest row of a version or of a repeatable file is what counts.
    private mutating func append(_ subject: ForeignRecord.Subject, _ row: ForeignRow) {
        remove(subject)
        let checksum = row.checksum.flatMap { Int32($0) }.map(ForeignRecord.Checksum.flyway)
        var record = row.record(subject, checksum)
        if Self.programs.contains(row.type) { record.program = row.description }
        records.append(record)
    }

    /// Kinds of rows behind which stands no SQL file: classes, scripts of a shell, what a project resolves itself.
    private static let programs: Set<String> = ["JDBC", "SPRING_JDBC", "SCRIPT", "CUSTOM"]

    private mutating func remove(_ subject: ForeignRecord.Subject) {
        records.removeAll { $0.subject == subject }
    }

    private func subject(_ row: ForeignRow) throws(AdoptionError) -> ForeignRecord.Subject {
        row.version == nil ? .repeatable(row.description) : .version(try version(row))
    }

    private func version(_ row: ForeignRow) throws(AdoptionError) -> MigrationVersion {
        guard let version = row.version.flatMap(FlywayFileName.version) else {
            throw .unreadableRow(table: table, version: row.version ?? "NULL")
        }
        return version
    }
}

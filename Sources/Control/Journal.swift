package import Postgres

/// The append-only list of what happened: the table `event`.
///
/// A record belongs into the transaction of what it tells about, so that the two are stored together or not at all.
package struct Journal: Sendable {
    /// The schema that holds the table.
    package let schema: ControlSchema
    /// Who is writing.
    package let origin: Origin

    /// Makes a journal for one writer.
    package init(schema: ControlSchema, origin: Origin = .current) {
        self.schema = schema
        self.origin = origin
    }

    /// Adds a record.
    ///
    /// - Parameters:
    ///   - event: what happened, for instance `backfill.paused`.
    ///   - subject: what it happened to, for instance the name of a backfill.
    ///   - detail: a JSON object.
    package func record(
        _ event: String,
        subject: String,
        detail: String = "{}",
        on connection: Connection
    ) throws(PostgresError) {
        try connection.execute(statement(event, subject: subject, detail: detail))
    }

    /// A statement that adds a record and does what else is to be done, both or neither.
    package func record(_ event: String, subject: String, beside other: SQL) -> SQL {
        """
        WITH record AS (
            \(statement(event, subject: subject))
        )
        \(other)
        """
    }

    /// The statement that adds a record, for those who send it together with others.
    package func statement(_ event: String, subject: String, detail: String = "{}") -> SQL {
        """
        INSERT INTO \(identifier: schema.table("event")) (event, subject, detail, actor, host, tool_version)
        VALUES (\(event), \(subject), \(detail)::pg_catalog.jsonb, \(origin.actor), \(origin.host), \(origin.toolVersion))
        """
    }
}

package import Postgres

/// Which database of which cluster this is: a restored copy of the control tables is told from the original by it.
package struct SystemIdentity: Sendable, Hashable {
    /// The identifier that `initdb` gave the cluster.
    package let cluster: String
    /// The database's object id.
    package let database: Int64

    /// Asks the server.
    package init(of connection: Connection) throws {
        try self.init(in: connection.rows(Self.statement))
    }

    /// Takes the answer to ``statement``, which was asked together with something else.
    package init(in answer: ResultSet) throws {
        guard let row = answer.first else {
            throw PostgresError.invalidArgument("the database is not in pg_database")
        }
        (cluster, database) = try row.decode(String.self, Int64.self)
    }

    /// The question.
    package static let statement: SQL = """
        SELECT system.system_identifier::pg_catalog.text, database.oid::bigint
        FROM pg_catalog.pg_control_system() AS system, pg_catalog.pg_database AS database
        WHERE database.datname = pg_catalog.current_database()
        """
}

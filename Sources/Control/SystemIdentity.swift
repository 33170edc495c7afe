package import Postgres

/// Which database of which cluster this is: a restored copy of the control tables is told from the original by it.
package struct SystemIdentity: Sendable, Hashable {
    /// The identifier that `initdb` gave the cluster.
    package let cluster: String
    /// The database's object id.
    package let database: Int64

    /// Asks the server.
    package init(of connection: Connection) throws(PostgresError) {
        (cluster, database) = try connection.queryOne(
            """
            SELECT system.system_identifier::text, database.oid::bigint
            FROM pg_control_system() AS system, pg_database AS database
            WHERE database.datname = current_database()
            """,
            as: String.self,
            Int64.self
        )
    }
}

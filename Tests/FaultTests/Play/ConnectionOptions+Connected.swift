import LocalServer
import Postgres
import TestSupport

extension ConnectionOptions {
    /// A connection for the round itself, which must not fail by the troubles that it makes: a server that has just come
    /// back may turn the first ones away.
    func connected() async throws -> Connection {
        try await eventually(value: "a connection for the round") {
            do {
                return try Connection(self)
            } catch let error as PostgresError where error.isTransient {
                return nil
            }
        }
    }
}

extension ConnectionOptions {
    /// The way to a database, on whichever of two servers can be written to.
    static func leading(
        to database: TestDatabase,
        or standby: StandbyServer?
    ) throws -> ConnectionOptions {
        var options = try database.options
        guard let standby else { return options }
        let folders = [database.server.configuration.folder, standby.server.configuration.folder]
        options.set("host", folders.joined(separator: ","))
        options.set("target_session_attrs", "read-write")
        return options
    }

    /// The same for a program of its own, for another user.
    func url(user: String) -> String {
        let attributes = value(of: "target_session_attrs").map { "&target_session_attrs=\($0)" } ?? ""
        return
            "postgresql://\(user)@/\(value(of: "dbname") ?? "")?host=\(value(of: "host") ?? "")&port=5432\(attributes)"
    }
}

import Postgres

/// Where an index is to stand, and what stands there.
struct IndexSite {
    /// What has the name of the index.
    enum Occupant: Equatable {
        case nothing
        /// An index of the table that can be used; as the server would write it.
        case valid(definition: String)
        /// An index of the table that cannot; who is building it, if somebody is.
        case invalid(builder: Int32?)
        /// Something else.
        case stranger
    }

    let isPartitioned: Bool
    /// The table, quoted, with its schema.
    let table: String
    /// The index, quoted, with its schema.
    let index: String
    let occupant: Occupant

    /// Nil when there is no such table.
    init?(_ index: String, on table: String, _ connection: Connection) throws(PostgresError) {
        let row = try connection.queryOptional(
            ConcurrentStatements.site(of: index, on: table),
            as: String.self,
            String.self,
            String.self,
            Int64?.self,
            Int64?.self,
            Bool.self,
            String?.self,
            Int32?.self
        )
        guard let (kind, table, qualified, named, indexID, isValid, definition, builder) = row else {
            return nil
        }
        isPartitioned = kind == "p"
        self.table = table
        self.index = qualified
        occupant =
            switch (named, indexID) {
            case (nil, _): .nothing
            case (_, nil): .stranger
            default: isValid ? .valid(definition: definition ?? "") : .invalid(builder: builder)
            }
    }
}

import Postgres

/// What keeps a table from being replaced.
public struct ReplaceObstacle: Hashable, Sendable {
    /// What it is about, which decides what there is to do.
    public enum Kind: String, Hashable, Sendable {
        /// The table is of another kind than ordinary ones.
        case table = "kind"
        /// The role may not do it.
        case role
        /// Something refers to the table itself and would go on to do so.
        case dependent
        /// The rows of the table are sent to other databases, or come from one.
        case publication
        /// A trigger would not run for the rows.
        case trigger
        /// Something about the table is in a state in which it cannot be made anew.
        case state
    }

    /// What it is about.
    public let kind: Kind
    /// What is in the way, in words of the catalog.
    public let name: String
}

extension ReplaceObstacle {
    init(_ row: Row) throws(DecodingFailure) {
        let (kind, name) = try row.decode(String.self, String.self)
        self.kind = Kind(rawValue: kind) ?? .dependent
        self.name = name
    }
}

extension ReplaceObstacle: CustomStringConvertible {
    /// One line for people, with what to do.
    public var description: String {
        switch kind {
        case .table: "\(name). Only an ordinary table on its own can be swapped for another one."
        case .role: "\(name). Run the import as its owner, or as a role that has the right."
        case .dependent: "\(name) refers to it, and would keep the old rows."
        case .publication:
            "\(name) has a part in it: other databases would not be told of the new rows."
        case .trigger:
            "\(name) would not run for the new rows. Switch it off where that is right: ALTER TABLE … DISABLE TRIGGER."
        case .state: "\(name), and nothing can be made that is the same. Mend that first."
        }
    }
}

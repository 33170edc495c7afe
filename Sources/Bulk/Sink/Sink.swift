public import Postgres

/// Where rows go and what happens to them there: a description, checked against the catalog by
/// ``SinkWriter``.
///
/// Tables are named as in SQL (`city`, `public.city`, `"City"`), columns by their exact names. A batch
/// written to a sink has one value for each of ``columns``, in this order.
public struct Sink: Sendable {
    enum Operation: Sendable {
        case insert
        case upsert(ConflictTarget, ConflictAction)
        case update(key: [String])
        case delete
        case synchronize(key: [String], gone: GoneRows)
    }

    /// The table as it was named.
    public let table: String
    /// The columns that get values, in the order of the values in a row.
    public let columns: [String]
    /// What happens when rows of one batch have the same key; `nil` means as if they were written one at a
    /// time.
    public var duplicates: DuplicateRule?
    /// Whether an update writes rows that would not change. Default: it does not.
    public var noOps: NoOpUpdates = .suppress
    /// A condition over `target`, the row that is there, and `excluded`, the row that comes, without which an
    /// upsert or update leaves the row alone: `"excluded.changed_at > target.changed_at"`. Rows that would
    /// be different without it are counted as ``WriteOutcome/heldBack``.
    public var updateCondition: SQL?
    /// How the rows point to each other, where parents must be written before their children. The whole set is
    /// then staged and inserted level by level; rows in a cycle are refused with
    /// ``TargetError/cycle(_:keys:)``. For inserts and upserts.
    public var hierarchy: Hierarchy?
    let operation: Operation

    /// Adds rows; a row that breaks a unique key fails the batch.
    public static func insert(into table: String, columns: [String]) -> Sink {
        Sink(table: table, columns: columns, operation: .insert)
    }

    /// Adds rows, and does something else with those whose key is already there.
    ///
    /// - Parameters:
    ///   - conflict: the key, by its columns or by the name of its constraint.
    ///   - onConflict: what to do with the row that is there; by default every other column is updated.
    ///   - duplicates: what happens when rows of one batch have the same key.
    public static func upsert(
        into table: String,
        columns: [String],
        conflict: ConflictTarget,
        onConflict: ConflictAction = .updateAll,
        duplicates: DuplicateRule? = nil
    ) -> Sink {
        Sink(table: table, columns: columns, duplicates: duplicates, operation: .upsert(conflict, onConflict))
    }

    /// Changes rows that are there. Rows of the batch whose key is not there are counted and otherwise
    /// ignored.
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - key: the columns that find the row. They come first in each row of a batch.
    ///   - set: the columns that get new values; they follow.
    public static func update(
        _ table: String,
        key: [String],
        set: [String],
        duplicates: DuplicateRule? = nil
    ) -> Sink {
        Sink(table: table, columns: key + set, duplicates: duplicates, operation: .update(key: key))
    }

    /// Removes rows by their key.
    public static func delete(from table: String, key: [String]) -> Sink {
        Sink(table: table, columns: key, operation: .delete)
    }

    /// Makes the table hold what the rows say: changes those that differ, adds what is missing and, if wished,
    /// deletes what is gone. Rows that are right already are not even locked. The whole set is staged and
    /// written by one statement; an empty set is refused where rows would be deleted
    /// (``TargetError/emptySet(_:)``).
    ///
    /// - Parameters:
    ///   - table: the table.
    ///   - columns: the columns that get values, those of the key among them.
    ///   - key: the columns of a unique key, all NOT NULL.
    ///   - gone: what happens to rows of the table whose key is not in the set.
    public static func synchronize(
        _ table: String,
        columns: [String],
        key: [String],
        gone: GoneRows = .keep
    ) -> Sink {
        Sink(table: table, columns: columns, operation: .synchronize(key: key, gone: gone))
    }

    /// The columns by which an update finds its rows; `nil` for anything else.
    package var updatedKey: [String]? {
        if case .update(let key) = operation { key } else { nil }
    }

    private init(table: String, columns: [String], duplicates: DuplicateRule? = nil, operation: Operation) {
        (self.table, self.columns, self.duplicates, self.operation) = (table, columns, duplicates, operation)
    }
}

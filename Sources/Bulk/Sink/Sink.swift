/// Where rows go and what happens to them there: a description, checked against the catalog by
/// ``SinkWriter``.
///
/// Tables are named as in SQL (`city`, `public.city`, `"City"`), columns by their exact names. A batch
/// written to a sink has one value for each of ``columns``, in this order.
public struct Sink: Hashable, Sendable {
    enum Operation: Hashable, Sendable {
        case insert
        case upsert(ConflictTarget, ConflictAction)
        case update(key: [String])
        case delete
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

    private init(table: String, columns: [String], duplicates: DuplicateRule? = nil, operation: Operation) {
        (self.table, self.columns, self.duplicates, self.operation) = (table, columns, duplicates, operation)
    }
}

/// What happens when rows of one batch have the same key.
///
/// PostgreSQL itself would refuse them in an upsert ("cannot affect row a second time") and pick any one of
/// them in an update. Not giving a rule means: as if the rows were written one at a time, so that results do
/// not depend on where batches end: the first one wins where the row that is there stays, the last one where
/// it is updated.
public enum DuplicateRule: Hashable, Sendable {
    /// The first row in the order of the batch is written.
    case firstWins
    /// The last row in the order of the batch is written.
    case lastWins
    /// The batch is refused with ``TargetError/duplicateKey(_:key:)``, nothing of it is written.
    case error
}

/// Whether an update writes rows that would not change.
public enum NoOpUpdates: Hashable, Sendable {
    /// Rows that already hold the values are left alone: no new version, no WAL, no trigger.
    case suppress
    /// They are written all the same, for instance because a trigger is wanted.
    case write
}

/// The key that decides whether a row is already there.
public enum ConflictTarget: Hashable, Sendable, ExpressibleByArrayLiteral {
    /// The unique key over these columns.
    case columns([String])
    /// The unique constraint of this name.
    case constraint(String)

    /// Names the columns: `conflict: ["city_id", "name"]`.
    public init(arrayLiteral columns: String...) {
        self = .columns(columns)
    }
}

/// What an upsert does with a row that is already there.
public enum ConflictAction: Hashable, Sendable {
    /// The row that is there stays.
    case doNothing
    /// These columns get the new values, all others stay.
    case update([String])
    /// Every column of the sink outside the key gets the new value.
    case updateAll
}

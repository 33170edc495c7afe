import Postgres
import SQLSyntax

/// The writing of a chunk as one statement, without locking its rows beforehand.
///
/// PostgreSQL makes an UPDATE that had to wait for a row compute the new values again from the row as it is then (manual,
/// 13.2.1), but everything else with the snapshot from before the wait. The lock step is therefore superfluous where the new
/// values depend on the row alone: no other relation, no sub-select, no function that could look at one.
///
/// The last key is looked up before it, in a statement of its own: a statement that found it itself would have to return it
/// through a common table, in which every row that was written leaves its mark (measured: 8 % of the time of the UPDATE).
struct SingleStatement: Sendable {
    private let work: SQLWork
    private let join: KeyJoin

    /// Says what is in the way, from the text alone.
    init(_ work: SQLWork) throws(SinglePathObstacle) {
        guard work.key.order == .key, work.key.uniqueness == .unique else {
            throw .init("the key is not unique")
        }
        guard work.changesWalkedTable else { throw .init("it writes to another table") }
        do {
            join = try KeyJoin(work.shape, of: work.statement.text, joining: "chunk")
        } catch {
            throw .init(error.description)
        }
        guard join.columns == Set(work.key.names) else { throw .init("chunk is not joined by the whole key") }
        guard let assigned = work.shape.assignedColumns, join.columns.isDisjoint(with: assigned) else {
            throw .init("it changes the key")
        }
        self.work = work
    }

    /// Names and operators that must not reach out of the row.
    func words() throws(SinglePathObstacle) -> (names: Set<String>, operators: Set<String>) {
        guard let condition = work.condition else { return (join.names, join.operators) }
        guard let words = ExpressionWords(condition.text) else { throw .init("its condition cannot be read") }
        return (join.names.union(words.names), join.operators.union(words.operators))
    }

    /// The statement for the keys of an interval.
    func compose(_ interval: KeyInterval) -> ComposedStatement {
        work.composeWithoutJoin(.interval(interval)) ?? work.compose(.interval(interval))
    }
}

/// Why a chunk cannot be one statement, as the end of a sentence.
struct SinglePathObstacle: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}

extension KeyJoin.Obstacle {
    fileprivate var description: String {
        switch self {
        case .otherStatement: "it is not a plain UPDATE … FROM chunk"
        case .otherRelations: "it reads other relations than chunk"
        case .otherConditions: "its WHERE does more than join chunk by the key"
        case .relationInAssignments: "its SET speaks of chunk"
        }
    }
}

import Bulk

/// A sequence that is behind the rows of a table after an import, or was.
struct SequenceReport: Report {
    let sequence: LaggingSequence
    let state: State

    /// What was done about it.
    enum State: String {
        /// It was told.
        case behind
        /// It was moved on.
        case advanced
    }

    var json: JSON {
        .object([
            "event": "import.sequence", "state": state.rawValue, "table": sequence.table,
            "column": sequence.column,
            "sequence": sequence.sequence, "next": sequence.next, "furthest": sequence.furthest,
            "statement": sequence.statement,
        ])
    }

    func text(_ style: Style) -> String? {
        let place = "the sequence \(sequence.sequence) would hand out \(sequence.next)"
        let rows = "\(sequence.table) has \(sequence.column) \(sequence.furthest)"
        switch state {
        case .advanced: return "\(place), but \(rows) already; it was moved on behind that"
        case .behind:
            return style.warning("\(place), but \(rows) already: ")
                + """
                an INSERT that leaves the column to it will fail or store a number twice. Add \
                --advance-sequences to the same command, or run
                    \(sequence.statement)
                """
        }
    }
}

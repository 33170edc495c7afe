import Synchronization

/// The last keys that were seen, each with the transactions that could still commit a row in front of it.
final class Candidates: Sendable {
    private struct Candidate {
        let top: Key?
        let last: Key
        let writers: Set<String>
    }

    private let known = Mutex<[Int64: Candidate]>([:])

    /// Takes note of a last key; a key up to which nothing can appear any more, when there is one.
    ///
    /// - Parameters:
    ///   - top: up to which key was walked.
    ///   - writers: the transactions that are writing to the table now.
    func settle(_ table: Int64, behind top: Key?, last: Key, writers: Set<String>) -> Key? {
        known.withLock { known in
            if writers.isEmpty {
                known[table] = nil
                return last
            }
            if let candidate = known[table], candidate.top == top {
                guard candidate.writers.isDisjoint(with: writers) else { return nil }
                known[table] = Candidate(top: candidate.last, last: last, writers: writers)
                return candidate.last
            }
            known[table] = Candidate(top: top, last: last, writers: writers)
            return nil
        }
    }
}

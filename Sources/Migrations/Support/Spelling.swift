/// Finds what somebody probably meant.
enum Spelling {
    /// The candidate that needs the fewest changes, if they are few for its length.
    static func nearest(to text: String, among candidates: some Sequence<String>) -> String? {
        candidates
            .map { (candidate: $0, changes: distance(text.lowercased(), $0.lowercased())) }
            .filter { $0.changes <= max(2, $0.candidate.count / 3) }
            .min { $0.changes < $1.changes }?.candidate
    }

    /// Insertions, deletions, replacements and swaps of neighbours between two texts.
    static func distance(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left), Array(right))
        var older: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replaced = previous[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(replaced, previous[column + 1] + 1, current[column] + 1)
                let isSwap =
                    row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
                if isSwap { best = min(best, older[column - 1] + 1) }
                current.append(best)
            }
            (older, previous) = (previous, current)
        }
        return previous[right.count]
    }
}

/// Finds the names that somebody may have meant.
package enum NearestNames {
    /// Up to three candidates that are a few typing errors away, the nearest first.
    package static func of(_ name: String, in candidates: [String]) -> [String] {
        let wanted = Array(name.lowercased().utf8)
        let limit = max(1, wanted.count / 3)
        return
            candidates
            .map { (name: $0, distance: distance(wanted, Array($0.lowercased().utf8))) }
            .filter { $0.distance <= limit }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(3)
            .map(\.name)
    }

    /// The number of insertions, deletions, replacements and swaps of neighbours that lead from one text to the other.
    package static func distance(_ left: String, _ right: String) -> Int {
        distance(Array(left.utf8), Array(right.utf8))
    }

    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var earlier: [Int] = []
        var previous = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let replaced = previous[column] + (left[row] == right[column] ? 0 : 1)
                var cost = min(replaced, previous[column + 1] + 1, current[column] + 1)
                let isSwap =
                    row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column]
                if isSwap { cost = min(cost, earlier[column - 1] + 1) }
                current.append(cost)
            }
            (earlier, previous) = (previous, current)
        }
        return previous[right.count]
    }
}

/// Names that somebody may have meant.
package enum Suggestions {
    /// The known names nearest to a mistyped one, nearest first; none when nothing is near.
    package static func nearest(to name: String, among known: [String]) -> [String] {
        let wanted = Array(name.lowercased())
        return known.map { (name: $0, distance: distance(wanted, Array($0.lowercased()))) }
            .filter { $0.distance <= max(2, wanted.count / 3) }
            .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }
            .prefix(3).map(\.name)
    }

    /// The number of characters to insert, delete or replace that lead from one word to the other.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var previous = Array(0...right.count)
        for (row, character) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                let replaced = previous[column] + (character == other ? 0 : 1)
                current.append(min(replaced, previous[column + 1] + 1, current[column] + 1))
            }
            previous = current
        }
        return previous[right.count]
    }
}

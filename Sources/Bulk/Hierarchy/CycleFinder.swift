/// Finds the cycles among rows that each point to one other row.
struct CycleFinder {
    /// The position of the row that each row points to.
    let parents: [Int: Int]

    /// Up to `limit` cycles, each with its positions from child to parent, beginning with the smallest one; the
    /// cycles in the order of their beginnings. Rows that only lead into a cycle are left out.
    func cycles(limit: Int) -> [[Int]] {
        var seenOnWalk: [Int: Int] = [:]
        var cycles: [[Int]] = []
        for start in parents.keys.sorted() where cycles.count < limit {
            var walk: [Int] = []
            var position = start
            while let next = parents[position], seenOnWalk[position] == nil {
                seenOnWalk[position] = start
                walk.append(position)
                position = next
            }
            if seenOnWalk[position] == start, let entry = walk.firstIndex(of: position) {
                cycles.append(rotated(Array(walk[entry...])))
            }
        }
        return cycles
    }

    private func rotated(_ cycle: [Int]) -> [Int] {
        guard let least = cycle.min(), let first = cycle.firstIndex(of: least) else { return cycle }
        return Array(cycle[first...] + cycle[..<first])
    }
}

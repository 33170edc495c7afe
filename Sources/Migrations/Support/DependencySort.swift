/// Puts things into an order in which what is needed comes first.
///
/// Things that need each other in a circle are put in order without the weakest of their needs, then without the next
/// weaker ones; what is still a circle then stays in the order it had.
struct DependencySort<Strength: Comparable & CaseIterable> where Strength.AllCases: RandomAccessCollection {
    private let count: Int
    /// For each place those it needs, and how much.
    private var needs: [[Int: Strength]]

    /// - Parameter count: how many things there are; they are spoken of by their places, and their order
    ///   decides where nothing else does.
    init(count: Int) {
        self.count = count
        needs = Array(repeating: [:], count: count)
    }

    /// Says that one thing needs another; the strongest word counts.
    mutating func add(_ user: Int, needs: Int, _ strength: Strength) {
        guard user != needs else { return }
        self.needs[user][needs] = max(strength, self.needs[user][needs] ?? strength)
    }

    /// The places in order.
    func sorted() -> [Int] { sorted(Array(0..<count), Array(Strength.allCases)[...]) }

    private func sorted(_ places: [Int], _ strengths: ArraySlice<Strength>) -> [Int] {
        guard let weakest = strengths.first, places.count > 1 else { return places }
        let inside = Set(places)
        let needed = { [needs] (place: Int) in
            needs[place].filter { $0.value >= weakest && inside.contains($0.key) }.map(\.key)
        }
        return Self.ordered(circles(places, needed), needed).flatMap { sorted($0, strengths.dropFirst()) }
    }

    /// Those that need each other together, the others by themselves.
    private func circles(_ places: [Int], _ needed: (Int) -> [Int]) -> [[Int]] {
        let reached = Dictionary(uniqueKeysWithValues: places.map { ($0, Self.reach(from: $0, needed)) })
        var rest = places
        var circles: [[Int]] = []
        while let first = rest.first {
            let circle = rest.filter {
                $0 == first || reached[first]?.contains($0) == true && reached[$0]?.contains(first) == true
            }
            circles.append(circle)
            rest.removeAll(where: circle.contains)
        }
        return circles
    }

    private static func reach(from start: Int, _ needed: (Int) -> [Int]) -> Set<Int> {
        var found: Set<Int> = []
        var open = needed(start)
        while let next = open.popLast() {
            if found.insert(next).inserted { open += needed(next) }
        }
        return found
    }

    /// Always the first that waits for nobody; without circles there is one.
    private static func ordered(_ groups: [[Int]], _ needed: (Int) -> [Int]) -> [[Int]] {
        var waiting = groups
        var done: Set<Int> = []
        var result: [[Int]] = []
        while !waiting.isEmpty {
            let free = waiting.firstIndex { group in
                group.allSatisfy { place in
                    needed(place).allSatisfy { done.contains($0) || group.contains($0) }
                }
            }
            let group = waiting.remove(at: free ?? 0)
            done.formUnion(group)
            result.append(group)
        }
        return result
    }
}

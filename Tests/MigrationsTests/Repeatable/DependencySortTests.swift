import Testing

@testable import Migrations

@Suite struct DependencySortTests {
    private enum Need: Int, Comparable, CaseIterable {
        case weak, strong

        static func < (left: Need, right: Need) -> Bool { left.rawValue < right.rawValue }
    }

    @Test(
        arguments: [
            // What is written is: this one needs that one.
            (3, [], [], [0, 1, 2]),
            (3, [(0, 1), (1, 2)], [], [2, 1, 0]),
            (3, [], [(0, 1), (1, 2)], [2, 1, 0]),
            (4, [(1, 3)], [], [0, 2, 3, 1]),
            // A circle of strong needs stays as it is, and so does what comes before and behind it.
            (4, [(1, 2), (2, 1), (0, 1), (1, 3)], [], [3, 1, 2, 0]),
            // In a circle the weaker need gives way.
            (2, [(0, 1)], [(1, 0)], [1, 0]),
            (2, [(1, 0)], [(0, 1)], [0, 1]),
            // One that needs a circle weakly still comes behind it.
            (3, [(1, 2)], [(2, 1), (0, 2)], [2, 1, 0]),
            (1, [(0, 0)], [], [0]),
        ] as [(Int, [(Int, Int)], [(Int, Int)], [Int])]
    )
    func `what is needed comes first`(
        count: Int,
        strong: [(Int, Int)],
        weak: [(Int, Int)],
        expected: [Int]
    ) {
        var sort = DependencySort<Need>(count: count)
        for (user, needed) in strong { sort.add(user, needs: needed, .strong) }
        for (user, needed) in weak { sort.add(user, needs: needed, .weak) }
        #expect(sort.sorted() == expected)
    }

    @Test func `the stronger word counts, in whatever order they come`() {
        for words in [[Need.weak, .strong], [.strong, .weak]] {
            var sort = DependencySort<Need>(count: 2)
            for word in words { sort.add(0, needs: 1, word) }
            sort.add(1, needs: 0, .weak)
            #expect(sort.sorted() == [1, 0])
        }
    }
}

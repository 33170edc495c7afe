/// A place in a table's file: a page, and a row on it.
///
/// Places are the keys of walks in heap order. They are numbers of the server's own, so that unlike other keys they
/// can be computed with here.
struct HeapPlace: Sendable, Hashable {
    /// Behind the last row that a page can hold.
    static let pageEnd = 65_535

    let page: Int
    let row: Int

    /// The end of a page.
    init(endOfPage page: Int) {
        (self.page, row) = (page, Self.pageEnd)
    }

    /// Reads a key of the form `(page,row)`.
    init?(_ key: Key) {
        guard let text = key.parts.first, text.hasPrefix("("), text.hasSuffix(")") else { return nil }
        let numbers = text.dropFirst().dropLast().split(separator: ",").map { Int($0) }
        guard numbers.count == 2, let page = numbers[0], let row = numbers[1] else { return nil }
        (self.page, self.row) = (page, row)
    }

    /// The place as the server writes a `tid`.
    var key: Key { Key(["(\(page),\(row))"]) }

    /// The first page that has rows behind this place.
    var nextPage: Int { row == Self.pageEnd ? page + 1 : page }
}

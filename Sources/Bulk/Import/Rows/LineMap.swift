/// Knows in which line of the file a row began, in memory that does not grow with the file.
///
/// Only the rows where the distance between row and line changes are kept (behind a record of several lines,
/// behind an empty line), and of those only the last ones: the server complains about a row soon after it was
/// sent.
struct LineMap {
    private struct Step {
        let row: Int
        let line: Int
    }

    /// The number of steps kept, 4 MiB of them.
    static let limit = 1 << 18

    private var steps: [Step] = []
    private var distance = Int.min
    private var rows = 0

    /// Notes that the next row begins in a line.
    mutating func append(line: Int) {
        rows += 1
        guard line - rows != distance else { return }
        distance = line - rows
        if steps.count == Self.limit { steps.removeFirst(Self.limit / 2) }
        steps.append(Step(row: rows, line: line))
    }

    /// The line of a row, from 1; `nil` when the row was never noted or is too long ago.
    func line(ofRow row: Int) -> Int? {
        guard row <= rows else { return nil }
        // The last step at or before the row.
        var (low, high) = (0, steps.count)
        while low < high {
            let middle = (low + high) / 2
            if steps[middle].row <= row { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        return steps[low - 1].line + row - steps[low - 1].row
    }
}

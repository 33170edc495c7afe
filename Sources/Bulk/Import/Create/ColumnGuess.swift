/// Finds the type of a column from its values, one after the other. Pure: knows no file and no server.
///
/// A value that is NULL says nothing of a type, and is not to be handed in.
struct ColumnGuess {
    private var found: GuessedType?
    /// Where it was found to be text, after it had been something else.
    private(set) var turn: GuessedTable.Turn?
    private let decimalMark: CSVFormat.DecimalMark

    init(decimalMark: CSVFormat.DecimalMark = .point) {
        self.decimalMark = decimalMark
    }

    /// The type that all values go into. Where there was none, nobody knows what is to come.
    var type: GuessedType { found ?? .text }

    /// Looks at the next value.
    mutating func take(
        _ text: UnsafeRawBufferPointer,
        as kind: GuessedType.Kind = .field,
        line: Int
    ) {
        // Nothing is wider.
        if found == .text { return }
        let type = type(of: text, kind)
        let joined = found?.joined(with: type) ?? type
        if joined == .text, let found { turn = GuessedTable.Turn(line: line, before: found) }
        found = joined
    }

    private func type(of text: UnsafeRawBufferPointer, _ kind: GuessedType.Kind) -> GuessedType {
        let type = GuessedType(of: text, kind)
        guard decimalMark == .comma, kind == .field, type == .text || type == .numeric || type == .bigint
        else { return type }
        // The import writes numbers with a decimal comma anew before it sends them.
        return DecimalComma.rewritten(text).withUnsafeBytes { GuessedType.number($0) } ?? .text
    }
}

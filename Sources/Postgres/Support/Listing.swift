/// Lists in messages. Nobody reads hundreds of names, and the advice behind them would scroll away.
extension Collection {
    /// How many are named before the others are only counted.
    package static var mostNames: Int { 10 }
}

extension Collection<String> {
    /// `a, b, c and 7 more`
    package var listed: String {
        let names = prefix(Self.mostNames).joined(separator: ", ")
        return count > Self.mostNames ? "\(names) and \(count - Self.mostNames) more" : names
    }

    /// One to a line, with the number of the others on the last.
    package var listedLines: String {
        let lines = prefix(Self.mostNames).joined(separator: "\n")
        return count > Self.mostNames ? "\(lines)\nand \(count - Self.mostNames) more" : lines
    }
}

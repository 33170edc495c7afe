/// Something that a command has to tell: one JSON line for programs, some text for people.
protocol Report: Sendable {
    /// An object whose first member is `event`.
    var json: JSON { get }
    /// The lines for people; `nil` when they need not know.
    func text(_ style: Style) -> String?
}

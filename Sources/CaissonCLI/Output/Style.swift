/// Colours, where there is a terminal that shows them.
struct Style: Sendable, Hashable {
    /// Whether escape sequences are written at all.
    let isColored: Bool

    /// Text without any escape sequence.
    static let plain = Style(isColored: false)

    func good(_ text: String) -> String { wrap(text, "32") }
    func warning(_ text: String) -> String { wrap(text, "33") }
    func bad(_ text: String) -> String { wrap(text, "31") }
    func strong(_ text: String) -> String { wrap(text, "1") }
    func faint(_ text: String) -> String { wrap(text, "2") }

    private func wrap(_ text: String, _ code: String) -> String {
        isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

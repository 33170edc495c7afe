import Postgres

/// Colours, where there is a terminal that shows them.
///
/// A styled text holds marks and no escape sequences; ``rendered(_:)`` puts those in place of the marks when the text is written,
/// and makes every other control character visible. So text of others can stand anywhere in it, and says nothing to the terminal.
struct Style: Sendable, Hashable {
    /// Whether escape sequences are written at all.
    let isColored: Bool

    /// Text without any escape sequence.
    static let plain = Style(isColored: false)

    func good(_ text: String) -> String { wrap(text, .good) }
    func warning(_ text: String) -> String { wrap(text, .warning) }
    func bad(_ text: String) -> String { wrap(text, .bad) }
    func strong(_ text: String) -> String { wrap(text, .strong) }
    func faint(_ text: String) -> String { wrap(text, .faint) }

    /// What is sent to the terminal for a text.
    func rendered(_ text: String) -> String {
        var rendered = ""
        var rest = text.unicodeScalars[...]
        while let mark = Self.nextMark(in: rest) {
            let code = mark.upperBound < rest.endIndex ? Code(rawValue: rest[mark.upperBound]) : nil
            rendered += String(String.UnicodeScalarView(rest[..<mark.lowerBound])).visible
            if isColored { rendered += code?.sequence ?? "" }
            rest = rest[mark.upperBound...].dropFirst()
        }
        return rendered + String(String.UnicodeScalarView(rest)).visible
    }

    private enum Code: Unicode.Scalar {
        case good = "g"
        case warning = "w"
        case bad = "b"
        case strong = "s"
        case faint = "f"
        case end = "e"

        var sequence: String {
            switch self {
            case .good: "\u{1B}[32m"
            case .warning: "\u{1B}[33m"
            case .bad: "\u{1B}[31m"
            case .strong: "\u{1B}[1m"
            case .faint: "\u{1B}[2m"
            case .end: "\u{1B}[0m"
            }
        }
    }

    /// Drawn anew in each process, of characters that no text should hold: nobody can write it into a file's name.
    private static let mark: [Unicode.Scalar] = (0..<6).compactMap { _ in
        Unicode.Scalar(UInt32.random(in: 0xFDD0...0xFDEF))
    }

    private func wrap(_ text: String, _ code: Code) -> String {
        isColored ? Self.marked(code) + text + Self.marked(.end) : text
    }

    private static func marked(_ code: Code) -> String {
        String(String.UnicodeScalarView(mark + [code.rawValue]))
    }

    private static func nextMark(in text: Substring.UnicodeScalarView) -> Range<String.Index>? {
        var position = text.startIndex
        while let first = text[position...].firstIndex(where: { $0 == mark.first }) {
            let candidate = text[first...].prefix(mark.count)
            if candidate.elementsEqual(mark) { return first..<candidate.endIndex }
            position = text.index(after: first)
        }
        return nil
    }
}

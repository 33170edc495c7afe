extension SourceLocation {
    /// The line with a caret under the place, for a terminal:
    ///
    /// ```
    ///   12 | SELECT nme FROM city
    ///      |        ^
    /// ```
    ///
    /// Tabs are kept, wide characters take two columns and combining ones none, so that the caret stands
    /// right; a long line is cut around the place.
    /// - Parameters:
    ///   - bytes: the text that the location was made for.
    ///   - width: the most characters of the line to show.
    public func caret(in bytes: [UInt8], width: Int = 100) -> String {
        let line = Array(lineText(in: bytes).unicodeScalars)
        let place = min(column - 1, line.count)
        let window = Self.window(of: line.count, around: place, width: width)
        let number = String(self.line)
        let gutter = String(repeating: " ", count: number.count)
        let head = window.lowerBound > 0 ? "..." : ""
        let tail = window.upperBound < line.count ? "..." : ""
        let shown = String(String.UnicodeScalarView(line[window]))
        let blank = head.map { _ in " " }.joined() + Self.blank(line[window.lowerBound..<place])
        return "  \(number) | \(head)\(shown)\(tail)\n  \(gutter) | \(blank)^"
    }

    private func lineText(in bytes: [UInt8]) -> String {
        var start = min(offset, bytes.count)
        while start > 0, bytes[start - 1] != ASCII.newline { start -= 1 }
        var end = min(offset, bytes.count)
        while end < bytes.count, bytes[end] != ASCII.newline { end += 1 }
        if end > start, bytes[end - 1] == ASCII.carriageReturn { end -= 1 }
        return bytes.text(start..<end)
    }

    private static func window(of count: Int, around place: Int, width: Int) -> Range<Int> {
        guard count > width else { return 0..<count }
        let start = min(max(0, place - width / 2), count - width)
        return start..<(start + width)
    }

    private static func blank(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        scalars.map { $0 == "\t" ? "\t" : String(repeating: " ", count: TerminalWidth.of($0)) }.joined()
    }
}

/// How many columns a character takes on a terminal.
enum TerminalWidth {
    static func of(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: 0
        default: isWide(scalar.value) ? 2 : 1
        }
    }

    private static func isWide(_ value: UInt32) -> Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF,
            0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
